using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>Soft-max and cross-entropy as one operation, safe for logits of any size.</summary>
public static class CrossEntropyLoss
{
    /// <summary>
    /// (1 − ε)·w_y·(−log p_y) + ε/C · Σ_c w_c·(−log p_c) with p = softmax(logits): cross-entropy with class weights w and label smoothing ε (Szegedy et al. 2016).
    /// </summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="logits">[…, C]: [N, C] or [T, B, C].</param>
    /// <param name="targets">The class of each row, 0 … C − 1, in the order of the rows.</param>
    /// <param name="ignoreIndex">Rows with this target give 0, no gradient, and do not count in the mean; null to ignore none.</param>
    /// <param name="labelSmoothing">ε, 0 ≤ ε ≤ 1.</param>
    /// <param name="classWeights">w [C]; null for 1. The mean divides by Σ w_y.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats), or one term per row […].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, a target is no class, or ε is out of range.</exception>
    public static Tensor CrossEntropy(this Tape tape, Tensor logits, ReadOnlySpan<int> targets, int? ignoreIndex = null, float labelSmoothing = 0,
        Tensor? classWeights = null, Reduction reduction = Reduction.Mean)
    {
        int classes = logits.Rank == 0 ? 0 : logits.Shape[^1];
        int[] labels = CheckedLabels(logits, targets, ignoreIndex);
        if (classWeights is not null && !classWeights.Shape.SequenceEqual([classes]))
        {
            throw new ArgumentException($"cross_entropy: class weights {classWeights} for {classes} classes", nameof(classWeights));
        }

        CheckSmoothing(labelSmoothing);
        Tensor terms = tape.Empty(logits.Shape[..^1]);
        Tensor slopes = tape.Empty(logits.Shape);
        var rule = new Rule(tape, logits, labels, terms, slopes, classWeights, labelSmoothing);
        Rows.ForEach(tape, labels.Length, rule.Forward);
        tape.Record("cross_entropy", [terms], [logits], () => Rows.AddScaled(tape, terms, slopes, logits));
        return LossTerms.Reduce(tape, terms, reduction, () => TotalWeight(labels, classWeights));
    }

    /// <summary>Refuses an ε that is none.</summary>
    internal static void CheckSmoothing(float labelSmoothing)
    {
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
        {
            throw new ArgumentException($"cross_entropy: label smoothing is {labelSmoothing}, expected 0 … 1", nameof(labelSmoothing));
        }
    }

    /// <summary>The targets with −1 for those to ignore.</summary>
    internal static int[] CheckedLabels(Tensor logits, ReadOnlySpan<int> targets, int? ignoreIndex)
    {
        if (logits.Rank == 0)
        {
            throw new ArgumentException("cross_entropy: the logits are a single number, expected rows of them", nameof(logits));
        }

        int[] labels = new int[Tensor.Count(logits.Shape[..^1])];
        CheckLabels(targets, logits.Shape[^1], ignoreIndex, labels);
        return labels;
    }

    /// <summary>Copies the targets, with −1 for those to ignore.</summary>
    /// <returns>The number of targets that count.</returns>
    internal static int CheckLabels(ReadOnlySpan<int> targets, int classes, int? ignoreIndex, Span<int> labels)
    {
        if (targets.Length != labels.Length)
        {
            throw new ArgumentException($"cross_entropy: the logits have {labels.Length} rows, found {targets.Length} targets", nameof(targets));
        }

        int counted = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            bool isIgnored = targets[i] == ignoreIndex;
            labels[i] = isIgnored ? -1 : targets[i];
            counted += isIgnored ? 0 : 1;
            if (!isIgnored && (targets[i] < 0 || targets[i] >= classes))
            {
                throw new ArgumentException($"cross_entropy: target {i} is {targets[i]}, expected 0 … {classes - 1}{(ignoreIndex is int ignored ? $" or {ignored} to ignore" : "")}", nameof(targets));
            }
        }

        return counted;
    }

    private static float TotalWeight(int[] labels, Tensor? classWeights)
    {
        float total = 0;
        foreach (int label in labels)
        {
            total += label < 0 ? 0 : classWeights is null ? 1 : classWeights.Values[label];
        }

        return total;
    }

    private sealed class Rule(Tape tape, Tensor logits, int[] labels, Tensor terms, Tensor slopes, Tensor? classWeights, float smoothing)
    {
        private readonly int _classes = logits.Shape[^1];
        private readonly float _spread = smoothing / logits.Shape[^1];
        private readonly float _totalClassWeight = classWeights is null ? logits.Shape[^1] : tape.Kernels.Sum(classWeights.Values);

        // ∂/∂x_c = a·p_c − (1 − ε)·w_y·[c = y] − ε/C·w_c, with a = (1 − ε)·w_y + ε/C·Σ w.
        public void Forward(int row)
        {
            ReadOnlySpan<float> x = logits.Values.Slice(row * _classes, _classes);
            Span<float> slope = slopes.Values.Slice(row * _classes, _classes);
            int label = labels[row];
            if (label < 0)
            {
                terms.Values[row] = 0;
                slope.Clear();
                return;
            }

            float logSum = tape.Kernels.Softmax(x, slope);
            float own = (1 - smoothing) * (classWeights is null ? 1 : classWeights.Values[label]);
            float term = own * (logSum - x[label]);
            float all = own;
            if (smoothing > 0)
            {
                float weighted = classWeights is null ? tape.Kernels.Sum(x) : tape.Kernels.Dot(classWeights.Values, x);
                term += _spread * ((_totalClassWeight * logSum) - weighted);
                all += _spread * _totalClassWeight;
            }

            if (all != 1)
            {
                TensorPrimitives.Multiply(slope, all, slope);
            }

            slope[label] -= own;
            if (smoothing > 0 && classWeights is null)
            {
                TensorPrimitives.Subtract(slope, _spread, slope);
            }
            else if (smoothing > 0)
            {
                TensorPrimitives.MultiplyAdd(classWeights!.Values, -_spread, slope, slope);
            }

            terms.Values[row] = term;
        }
    }
}
