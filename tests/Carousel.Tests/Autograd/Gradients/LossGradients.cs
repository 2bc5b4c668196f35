using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>Every loss under its switches; CTC's reference sums over all alignments one by one.</summary>
internal sealed class LossGradients : IGradientCases
{
    private readonly RandomSource _random = new(8);

    public IEnumerable<GradientCase> Cases() => [.. Pointwise(), .. Distributions(), .. CrossEntropies(), .. Alignments(), Risks()];

    private IEnumerable<GradientCase> Pointwise()
    {
        foreach (Reduction reduction in Enum.GetValues<Reduction>())
        {
            // Weights [3, 5] beside predictions [3, 5, 2]: each counts for two terms, one is a padded step.
            foreach (Array64? weights in new[] { null, X(3, 5).Map((a, i) => i == 4 ? 0 : Math.Abs(a)) })
            {
                string switches = $"{reduction}{(weights is null ? "" : ", weights")}";
                Array64 y = X(3, 5, 2), answers = y.Map(a => Math.Abs(a) / 3);
                yield return Case(typeof(SquaredErrorLoss), nameof(SquaredErrorLoss.SquaredError), (tape, x, w) => tape.SquaredError(x, y.ToTensor(), w, reduction), y, (a, b) => (a - b) * (a - b));
                yield return Case(typeof(AbsoluteErrorLoss), nameof(AbsoluteErrorLoss.AbsoluteError), (tape, x, w) => tape.AbsoluteError(x, y.ToTensor(), w, reduction), y, (a, b) => Math.Abs(a - b));
                yield return Case(typeof(HuberLoss), nameof(HuberLoss.Huber), (tape, x, w) => tape.Huber(x, y.ToTensor(), 0.75f, w, reduction), y,
                    (a, b) => Math.Abs(a - b) <= 0.75 ? 0.5 * (a - b) * (a - b) : 0.75 * (Math.Abs(a - b) - 0.375));
                yield return Case(typeof(BinaryCrossEntropyLoss), nameof(BinaryCrossEntropyLoss.BinaryCrossEntropy), (tape, x, w) => tape.BinaryCrossEntropy(x, answers.ToTensor(), 1.5f, w, reduction),
                    answers.ToTensor() is var exact ? new Array64(answers.Shape, [.. exact.Values.ToArray().Select(value => (double)value)]) : answers,
                    (a, b) => -((1.5 * b * Math.Log(Sigmoid(a))) + ((1 - b) * Math.Log(1 - Sigmoid(a)))));

                float[] quantiles = [0.125f, 0.5f, 0.75f];
                Array64 truth = X(3, 5);
                yield return new(typeof(QuantileLoss), nameof(QuantileLoss.Quantile), switches, [X(3, 5, 3)],
                    (tape, x) => [tape.Quantile(x[0], truth.ToTensor(), quantiles, weights?.ToTensor(), reduction)],
                    x => [Reduce(x[0].Map((a, i) => Math.Max(quantiles[i % 3] * (truth[i / 3] - a), (quantiles[i % 3] - 1) * (truth[i / 3] - a))), weights, reduction)]);

                GradientCase Case(Type type, string method, Func<Tape, Tensor, Tensor?, Tensor> run, Array64 target, Func<double, double, double> loss) =>
                    new(type, method, switches, [X(3, 5, 2)], (tape, x) => [run(tape, x[0], weights?.ToTensor())], x => [Reduce(x[0].Zip(target, loss), weights, reduction)]);
            }
        }
    }

    private IEnumerable<GradientCase> Distributions()
    {
        Array64 target = X(3, 5), weights = X(3).Map((a, i) => i == 1 ? 0 : Math.Abs(a));
        foreach (bool full in new[] { false, true })
        {
            yield return new(typeof(GaussianLoss), nameof(GaussianLoss.Gaussian), full ? "full, weights" : "plain", [X(3, 5), Array64.Uniform(_random, 0.2, 2, 3, 5)],
                (tape, x) => [tape.Gaussian(x[0], x[1], target.ToTensor(), full: full, weights: full ? weights.ToTensor() : null)],
                x => [Reduce(x[0].Map((mean, i) => 0.5 * (Math.Log(x[1][i]) + ((target[i] - mean) * (target[i] - mean) / x[1][i]) + (full ? Math.Log(2 * Math.PI) : 0))), full ? weights : null, Reduction.Mean)]);
        }
    }

    private IEnumerable<GradientCase> CrossEntropies()
    {
        int[] labels = [3, 0, 6, -1, 2, 6];
        foreach ((string switches, int? ignore, float smoothing, bool weighted, Reduction reduction) in new (string, int?, float, bool, Reduction)[]
        {
            ("plain", null, 0, false, Reduction.Mean), ("sum, ignore", -1, 0, false, Reduction.Sum), ("terms", -1, 0.1f, false, Reduction.None),
            ("weights, smoothing, ignore", -1, 0.125f, true, Reduction.Mean), ("weights", null, 0, true, Reduction.Mean),
        })
        {
            int[] targets = ignore is null ? [.. labels.Select(label => Math.Max(label, 0))] : labels;
            Array64? weights = weighted ? Array64.Uniform(_random, 0.5, 2, 7) : null;
            yield return new(typeof(CrossEntropyLoss), nameof(CrossEntropyLoss.CrossEntropy), switches, [X(2, 3, 7)],
                (tape, x) => [tape.CrossEntropy(x[0], targets, ignore, smoothing, weights?.ToTensor(), reduction)], x => [CrossEntropy(x[0], targets, smoothing, weights, reduction)]);
        }

        foreach ((string switches, int? ignore, bool biased, float smoothing, Reduction reduction) in new (string, int?, bool, float, Reduction)[]
        {
            ("plain", null, true, 0, Reduction.Mean), ("no bias, sum, ignore", -1, false, 0, Reduction.Sum), ("terms, ignore", -1, true, 0, Reduction.None),
            ("smoothing, ignore", -1, true, 0.125f, Reduction.Mean),
        })
        {
            int[] targets = ignore is null ? [.. labels.Select(label => Math.Max(label, 0))] : labels;
            yield return new(typeof(LinearCrossEntropyLoss), nameof(LinearCrossEntropyLoss.LinearCrossEntropy), switches, [X(2, 3, 4), X(7, 4), .. biased ? [X(7)] : Array.Empty<Array64>()],
                (tape, x) => [tape.LinearCrossEntropy(x[0], x[1], biased ? x[2] : null, targets, ignore, reduction, smoothing)],
                x => [CrossEntropy(ProductGradients.Linear(x[0], x[1], biased ? x[2] : null), targets, smoothing, null, reduction)]);
        }

        Array64 teacher = X(2, 3, 7);
        foreach (Reduction reduction in Enum.GetValues<Reduction>())
        {
            yield return new(typeof(DistillationLoss), nameof(DistillationLoss.Divergence), $"{reduction}", [X(2, 3, 7)],
                (tape, x) => [tape.Divergence(x[0], teacher.ToTensor(), 2.5f, reduction)], x => [Reduce(Divergence(x[0], teacher, 2.5), null, reduction)]);
            yield return new(typeof(DistillationLoss), nameof(DistillationLoss.Distillation), $"{reduction}, ignore", [X(2, 3, 7)],
                (tape, x) => [tape.Distillation(x[0], teacher.ToTensor(), labels, 0.25f, 3, ignoreIndex: -1, reduction)],
                x =>
                {
                    Array64 counts = new([2, 3], [.. labels.Select(label => label < 0 ? 0.0 : 1)]);
                    Array64 hard = CrossEntropy(x[0], labels, 0, null, Reduction.None), soft = Divergence(x[0], teacher, 3);
                    return [Reduce(hard.Zip(soft, (a, b) => (0.25 * a) + (0.75 * 9 * b)), counts, reduction)];
                });
        }
    }

    private IEnumerable<GradientCase> Alignments()
    {
        int[] inputLengths = [5, 5, 4, 3];
        foreach ((string switches, int blank, int[][] targets, Reduction reduction) in new (string, int, int[][], Reduction)[]
        {
            ("mean", 0, [[1, 2], [3, 3, 1], [2], [1, 3]], Reduction.Mean), ("sum, blank last", 3, [[0, 0], [1, 2, 1], [], [2]], Reduction.Sum), ("terms", 1, [[0], [2, 0, 2], [3, 3], []], Reduction.None),
        })
        {
            yield return new(typeof(CtcLoss), nameof(CtcLoss.Ctc), switches, [X(5, 4, 4)],
                (tape, x) => [tape.Ctc(x[0], targets, inputLengths, blank, reduction: reduction)],
                x =>
                {
                    var terms = new Array64([4], [.. targets.Select((target, b) => Ctc(x[0], b, inputLengths[b], target, blank) / (reduction == Reduction.Mean ? Math.Max(target.Length, 1) : 1))]);
                    return [Reduce(terms, null, reduction)];
                });
        }
    }

    // Three groups, of three candidates, one and two, each with divisors that are not its length.
    private GradientCase Risks()
    {
        int[] groups = [3, 1, 2];
        float[] costs = [0.25f, 1, 0.5f, 0.75f, 0, 1], divisors = [1, 2, 0.5f, 3, 0.25f, 1.5f];
        return new(typeof(ExpectedRiskLoss), nameof(ExpectedRiskLoss.ExpectedRisk), "", [X(4, 6)],
            (tape, x) => [tape.ExpectedRisk(x[0], costs, divisors, groups)],
            x =>
            {
                double[] weights = [.. Enumerable.Range(0, 6).Select(k => Math.Exp(-Enumerable.Range(0, 4).Sum(t => x[0][t, k]) / divisors[k]))];
                int[][] members = [[0, 1, 2], [3], [4, 5]];
                return [Array64.Scalar(members.Average(group => group.Sum(k => weights[k] * costs[k]) / group.Sum(k => weights[k])))];
            });
    }

    private static Array64 CrossEntropy(Array64 logits, int[] targets, double smoothing, Array64? weights, Reduction reduction)
    {
        Array64 shares = ActivationGradients.Softmax(logits);
        var terms = new Array64([.. logits.Shape[..^1]]);
        double total = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] < 0)
            {
                continue;
            }

            double own = weights?[targets[row]] ?? 1;
            total += own;
            terms[row] = -(1 - smoothing) * own * Math.Log(shares.Row(row)[targets[row]]);
            for (int c = 0; c < 7; c++)
            {
                terms[row] -= smoothing / 7 * (weights?[c] ?? 1) * Math.Log(shares.Row(row)[c]);
            }
        }

        return reduction == Reduction.None ? terms : Array64.Scalar(terms.Data.Sum() / (reduction == Reduction.Mean ? total : 1));
    }

    private static Array64 Divergence(Array64 student, Array64 teacher, double temperature)
    {
        Array64 q = ActivationGradients.Softmax(student.Map(a => a / temperature)), p = ActivationGradients.Softmax(teacher.Map(a => a / temperature));
        var terms = new Array64(2, 3);
        for (int i = 0; i < p.Length; i++)
        {
            terms[i / 7] += p[i] * Math.Log(p[i] / q[i]);
        }

        return terms;
    }

    // Every way to give each frame a class, kept when it reads as the target: repeats merged, blanks dropped.
    private static double Ctc(Array64 logits, int sequence, int frames, int[] target, int blank)
    {
        int classes = logits.Shape[2];
        Array64 shares = ActivationGradients.Softmax(logits);
        double total = 0;
        for (int path = 0; path < Math.Pow(classes, frames); path++)
        {
            int[] labels = [.. Enumerable.Range(0, frames).Select(t => path / (int)Math.Pow(classes, t) % classes)];
            if (labels.Where((label, t) => label != blank && (t == 0 || labels[t - 1] != label)).SequenceEqual(target))
            {
                total += labels.Select((label, t) => shares[t, sequence, label]).Aggregate(1.0, (product, share) => product * share);
            }
        }

        return -Math.Log(total);
    }

    private static Array64 Reduce(Array64 terms, Array64? weights, Reduction reduction)
    {
        int repeat = weights is null ? 1 : terms.Length / weights.Length;
        Array64 weighted = weights is null ? terms : terms.Map((term, i) => term * weights[i / repeat]);
        double total = weights is null ? terms.Length : weights.Data.Sum() * repeat;
        return reduction switch
        {
            Reduction.None => weighted,
            Reduction.Sum => Array64.Scalar(weighted.Data.Sum()),
            _ => Array64.Scalar(weighted.Data.Sum() / total),
        };
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private Array64 X(params int[] shape) => Array64.Uniform(_random, -2, 2, shape);
}
