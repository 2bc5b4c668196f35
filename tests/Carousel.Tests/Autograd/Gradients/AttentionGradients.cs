using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>Scores, masked soft-max, weighted sums, layer normalisation.</summary>
internal sealed class AttentionGradients : IGradientCases
{
    private const int Queries = 3, Keys = 5, Batch = 2, Heads = 2, Width = 6;
    private readonly RandomSource _random = new(6);

    public IEnumerable<GradientCase> Cases()
    {
        foreach (int heads in new[] { 1, Heads })
        {
            yield return new(typeof(AttentionScores), nameof(AttentionScores.DotScores), $"heads {heads}", [X(Queries, Batch, Width), X(Keys, Batch, Width)],
                (tape, x) => [tape.DotScores(x[0], x[1], heads, 0.75f)], x => [Dot(x[0], x[1], heads, 0.75)]);
            yield return new(typeof(Attention), nameof(Attention.WeightedSum), $"heads {heads}", [X(Batch, heads, Queries, Keys), X(Keys, Batch, Width)],
                (tape, x) => [tape.WeightedSum(x[0], x[1])], x => [Sum(x[0], x[1])]);
        }

        yield return new(typeof(AttentionScores), nameof(AttentionScores.AdditiveScores), "", [X(Queries, Batch, Width), X(Keys, Batch, Width), X(Width)],
            (tape, x) => [tape.AdditiveScores(x[0], x[1], x[2])], x => [Additive(x[0], x[1], x[2])]);

        bool[] keys = [true, true, false, true, false, false, false, false, false, false];
        bool[] pairs = [.. Enumerable.Range(0, Queries * Keys).Select(i => i % 4 != 1)];
        foreach ((string switches, AttentionMask? mask) in new (string, AttentionMask?)[]
        {
            ("no mask", null), ("keys, none in the second sequence", new() { Keys = keys }), ("pairs", new() { Pairs = pairs }),
            ("causal", new() { Causal = true }), ("all masks", new() { Keys = keys, Pairs = pairs, Causal = true }),
        })
        {
            yield return new(typeof(Attention), nameof(Attention.MaskedSoftmax), switches, [X(Batch, Heads, Queries, Keys)],
                (tape, x) => [tape.MaskedSoftmax(x[0], mask)], x => [MaskedSoftmax(x[0], mask)]);
        }

        var causal = new AttentionMask { Causal = true };
        float[] dropout = new Tape(new RandomSource(GradientCase.Seed), isTraining: true).DropoutMask(0.25f, Batch, Heads, Queries, Keys).Values.ToArray();
        yield return new(typeof(Attention), nameof(Attention.ScaledDotProduct), "heads, causal, dropout", [X(Queries, Batch, Width), X(Keys, Batch, Width), X(Keys, Batch, 4)],
            (tape, x) => tape.ScaledDotProduct(x[0], x[1], x[2], causal, Heads, 0.25f) is var (output, weights) ? [output, weights] : [],
            x =>
            {
                Array64 weights = MaskedSoftmax(Dot(x[0], x[1], Heads, Math.Sqrt(Heads / (double)Width)), causal).Map((a, i) => a * dropout[i]);
                return [Sum(weights, x[2]), weights];
            });

        yield return new(typeof(Normalization), nameof(Normalization.LayerNorm), "scale and shift", [X(3, 5, 7), X(7), X(7)],
            (tape, x) => [tape.LayerNorm(x[0], x[1], x[2])], x => [LayerNorm(x[0], x[1], x[2], 1e-5)]);
        yield return new(typeof(Normalization), nameof(Normalization.LayerNorm), "plain, large ε", [X(5, 13)],
            (tape, x) => [tape.LayerNorm(x[0], epsilon: 0.1f)], x => [LayerNorm(x[0], null, null, 0.1f)]);
    }

    private static Array64 Dot(Array64 queries, Array64 keys, int heads, double scale)
    {
        var scores = new Array64(Batch, heads, Queries, Keys);
        ForEach(scores, (b, h, l, s) =>
        {
            int width = Width / heads;
            for (int e = h * width; e < (h + 1) * width; e++)
            {
                scores[b, h, l, s] += scale * queries[l, b, e] * keys[s, b, e];
            }
        });
        return scores;
    }

    private static Array64 Additive(Array64 queries, Array64 keys, Array64 v)
    {
        var scores = new Array64(Batch, 1, Queries, Keys);
        ForEach(scores, (b, h, l, s) =>
        {
            for (int e = 0; e < Width; e++)
            {
                scores[b, h, l, s] += v[e] * Math.Tanh(queries[l, b, e] + keys[s, b, e]);
            }
        });
        return scores;
    }

    private static Array64 Sum(Array64 weights, Array64 values)
    {
        int features = values.Shape[2], width = features / weights.Shape[1];
        var y = new Array64(Queries, Batch, features);
        ForEach(weights, (b, h, l, s) =>
        {
            for (int e = h * width; e < (h + 1) * width; e++)
            {
                y[l, b, e] += weights[b, h, l, s] * values[s, b, e];
            }
        });
        return y;
    }

    private static Array64 MaskedSoftmax(Array64 scores, AttentionMask? mask)
    {
        var weights = new Array64(scores.Shape);
        ForEach(scores, (b, h, l, s) => weights[b, h, l, s] = IsSeen(mask, b, l, s) ? Math.Exp(scores[b, h, l, s]) : 0);
        for (int row = 0; row < weights.Length / Keys; row++)
        {
            double sum = TensorPrimitives.Sum<double>(weights.Row(row));
            foreach (ref double weight in weights.Row(row))
            {
                weight = sum == 0 ? 0 : weight / sum;
            }
        }

        return weights;
    }

    private static bool IsSeen(AttentionMask? mask, int b, int l, int s) =>
        mask is null || ((mask.Keys?[(b * Keys) + s] ?? true) && (mask.Pairs?[(l * Keys) + s] ?? true) && (!mask.Causal || s <= l));

    private static Array64 LayerNorm(Array64 x, Array64? gamma, Array64? beta, double epsilon)
    {
        Array64 y = x.Copy();
        int width = x.Shape[^1];
        for (int row = 0; row < x.Length / width; row++)
        {
            double[] values = x.Row(row).ToArray();
            double mean = values.Average(), variance = values.Average(value => (value - mean) * (value - mean));
            for (int i = 0; i < width; i++)
            {
                y.Row(row)[i] = ((values[i] - mean) / Math.Sqrt(variance + epsilon) * (gamma?[i] ?? 1)) + (beta?[i] ?? 0);
            }
        }

        return y;
    }

    private static void ForEach(Array64 scores, Action<int, int, int, int> visit)
    {
        for (int at = 0; at < scores.Length; at++)
        {
            int s = at % Keys, l = at / Keys % Queries, h = at / (Keys * Queries) % scores.Shape[1];
            visit(at / (Keys * Queries * scores.Shape[1]), h, l, s);
        }
    }

    private Array64 X(params int[] shape) => Array64.Uniform(_random, -1.5, 1.5, shape);
}
