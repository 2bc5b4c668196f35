using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>
/// Connectionist temporal classification (Graves et al. 2006): the negative log-probability of a label sequence, summed over all its alignments with the frames.
/// </summary>
public static class CtcLoss
{
    /// <summary>−ln p(labels | frames), from logits.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="logits">[T, B, C], before any soft-max.</param>
    /// <param name="targets">The labels of each sequence, 0 … C − 1 without the blank; may be empty.</param>
    /// <param name="inputLengths">Valid frames of each sequence, 0 … T; null when all have T. Later frames get no gradient.</param>
    /// <param name="blank">Class that stands for no label.</param>
    /// <param name="zeroInfinity">
    /// What a sequence with too few frames for its labels gives: false for a loss of +∞ with a gradient of NaN, true for 0 with no gradient (it still counts in the mean).
    /// </param>
    /// <param name="reduction">Mean: each loss divided by max(label count, 1), then the mean over the batch. Sum: the plain sum.</param>
    /// <returns>A single number (nats), or the loss of each sequence [B].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a label is no class or the blank.</exception>
    public static Tensor Ctc(this Tape tape, Tensor logits, IReadOnlyList<int[]> targets, IReadOnlyList<int>? inputLengths = null, int blank = 0,
        bool zeroInfinity = false, Reduction reduction = Reduction.Mean)
    {
        Check(logits, targets, inputLengths, blank);
        int frames = logits.Shape[0], batch = logits.Shape[1];
        Tensor terms = tape.Empty(batch), slopes = tape.Zeros(logits.Shape);
        int[][] labels = [.. targets.Select(target => target.ToArray())];
        int[] lengths = inputLengths is null ? [.. Enumerable.Repeat(frames, batch)] : [.. inputLengths];
        tape.Workers.Run(batch, sequence => terms.Values[sequence] = LossOf(new CtcSequence(logits, sequence, lengths[sequence], labels[sequence], blank), slopes, zeroInfinity));

        tape.Record("ctc", [terms], [logits], () =>
        {
            tape.GradientOf(logits);
            int classes = logits.Shape[2];
            for (int row = 0; row < frames * batch; row++)
            {
                if (row / batch < lengths[row % batch])
                {
                    Span<float> gradient = logits.Gradient.Slice(row * classes, classes);
                    TensorPrimitives.MultiplyAdd(slopes.Values.Slice(row * classes, classes), terms.Gradient[row % batch], gradient, gradient);
                }
            }
        });
        if (reduction != Reduction.Mean)
        {
            return LossTerms.Reduce(tape, terms, reduction, batch);
        }

        Tensor perLabel = Tensor.From(Array.ConvertAll(labels, target => 1f / Math.Max(target.Length, 1)), batch);
        return LossTerms.Reduce(tape, tape.Multiply(terms, perLabel), reduction, batch);
    }

    // Scaled numbers are many times faster than logarithms, and enough for all but alignments that are improbable beyond measure.
    private static float LossOf(CtcSequence sequence, Tensor slopes, bool zeroInfinity) =>
        new CtcScaledAlignments(sequence).TryRun(slopes, out float loss) ? loss : new CtcLogAlignments(sequence).Run(slopes, zeroInfinity);

    private static void Check(Tensor logits, IReadOnlyList<int[]> targets, IReadOnlyList<int>? inputLengths, int blank)
    {
        if (logits.Rank != 3 || targets.Count != logits.Shape[1])
        {
            throw new ArgumentException($"ctc: logits must be [T, {targets.Count}, C] for {targets.Count} label sequences, found {logits}", nameof(logits));
        }

        (int frames, int batch, int classes) = (logits.Shape[0], logits.Shape[1], logits.Shape[2]);
        if (blank < 0 || blank >= classes)
        {
            throw new ArgumentException($"ctc: blank is {blank}, expected 0 … {classes - 1}", nameof(blank));
        }

        if (inputLengths is not null && (inputLengths.Count != batch || inputLengths.Any(length => length < 0 || length > frames)))
        {
            throw new ArgumentException($"ctc: input lengths must be {batch} numbers from 0 to {frames}, found [{string.Join(", ", inputLengths)}]", nameof(inputLengths));
        }

        for (int sequence = 0; sequence < batch; sequence++)
        {
            foreach (int label in targets[sequence])
            {
                if (label < 0 || label >= classes || label == blank)
                {
                    throw new ArgumentException($"ctc: sequence {sequence} has label {label}, expected 0 … {classes - 1} and not the blank {blank}", nameof(targets));
                }
            }
        }
    }
}
