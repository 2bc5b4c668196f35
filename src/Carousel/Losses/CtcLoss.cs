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
        tape.Workers.Run(batch, sequence => terms.Values[sequence] = new Alignments(logits, sequence, lengths[sequence], labels[sequence], blank).Run(slopes, zeroInfinity));

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

    /// <summary>
    /// All alignments of one sequence, in the log domain and float64. State s of 2S + 1 stands for a blank when even, for label (s − 1)/2 when odd;
    /// a state is reached from itself, from the one before, and, if it is a label unlike the label before it, from two before.
    /// </summary>
    private sealed class Alignments(Tensor logits, int sequence, int frames, int[] labels, int blank)
    {
        private readonly int _batch = logits.Shape[1], _classes = logits.Shape[2], _states = (2 * labels.Length) + 1;

        // ln y[t, c], and α[t, s]: the log-probability of all ways to be in state s after frame t.
        private readonly double[] _logShares = new double[frames * logits.Shape[2]];
        private readonly double[] _forward = new double[frames * ((2 * labels.Length) + 1)];

        /// <summary>The loss, with its gradient written to the slopes of this sequence.</summary>
        public float Run(Tensor slopes, bool zeroInfinity)
        {
            for (int t = 0; t < frames; t++)
            {
                LogSoftmax(t);
            }

            double total = frames == 0 ? (labels.Length == 0 ? 0 : double.NegativeInfinity) : Forward();
            if (double.IsNegativeInfinity(total))
            {
                for (int t = 0; t < frames && !zeroInfinity; t++)
                {
                    Row(slopes, t).Fill(float.NaN);
                }

                return zeroInfinity ? 0 : float.PositiveInfinity;
            }

            Backward(slopes, total);
            return (float)-total;
        }

        private double Forward()
        {
            for (int t = 0; t < frames; t++)
            {
                for (int s = 0; s < _states; s++)
                {
                    double reached = t == 0 ? (s <= 1 ? 0 : double.NegativeInfinity)
                        : LogSum(At(t - 1, s), At(t - 1, s - 1), CanSkipTo(s) ? At(t - 1, s - 2) : double.NegativeInfinity);
                    _forward[(t * _states) + s] = reached + LogShare(t, s);
                }
            }

            return LogSum(At(frames - 1, _states - 1), At(frames - 1, _states - 2), double.NegativeInfinity);

            double At(int t, int s) => s < 0 ? double.NegativeInfinity : _forward[(t * _states) + s];
        }

        // ∂(−ln p)/∂logit[t, c] = y[t, c] − Σ over states s of class c of the probability, given the labels, to be in s at frame t.
        private void Backward(Tensor slopes, double total)
        {
            double[] after = new double[_states], occupied = new double[_classes];

            // after[s]: the log-probability of all ways from state s at frame t to the end, without frame t itself.
            for (int s = 0; s < _states; s++)
            {
                after[s] = s >= _states - 2 ? 0 : double.NegativeInfinity;
            }

            for (int t = frames - 1; t >= 0; t--)
            {
                Array.Clear(occupied);
                for (int s = 0; s < _states; s++)
                {
                    occupied[ClassOf(s)] += Math.Exp(_forward[(t * _states) + s] + after[s] - total);
                }

                Span<float> row = Row(slopes, t);
                for (int c = 0; c < _classes; c++)
                {
                    row[c] = (float)(Math.Exp(_logShares[(t * _classes) + c]) - occupied[c]);
                }

                // In increasing s each sum still finds the later states of the frame after.
                for (int s = 0; s < _states; s++)
                {
                    after[s] = LogSum(Leave(t, after, s), Leave(t, after, s + 1), s + 2 < _states && CanSkipTo(s + 2) ? Leave(t, after, s + 2) : double.NegativeInfinity);
                }
            }
        }

        private double Leave(int t, double[] after, int s) => s >= _states ? double.NegativeInfinity : after[s] + LogShare(t, s);

        private bool CanSkipTo(int s) => s % 2 == 1 && s >= 3 && labels[s / 2] != labels[(s / 2) - 1];

        private int ClassOf(int s) => s % 2 == 0 ? blank : labels[s / 2];

        private double LogShare(int t, int s) => _logShares[(t * _classes) + ClassOf(s)];

        private Span<float> Row(Tensor tensor, int t) => tensor.Values.Slice(((t * _batch) + sequence) * _classes, _classes);

        private void LogSoftmax(int t)
        {
            ReadOnlySpan<float> x = Row(logits, t);
            Span<double> y = _logShares.AsSpan(t * _classes, _classes);
            double max = double.NegativeInfinity, sum = 0;
            foreach (float value in x)
            {
                max = Math.Max(max, value);
            }

            foreach (float value in x)
            {
                sum += Math.Exp(value - max);
            }

            double logSum = max + Math.Log(sum);
            for (int c = 0; c < x.Length; c++)
            {
                y[c] = x[c] - logSum;
            }
        }

        // ln(e^a + e^b + e^c)
        private static double LogSum(double a, double b, double c)
        {
            double max = Math.Max(a, Math.Max(b, c));
            return double.IsNegativeInfinity(max) ? max : max + Math.Log(Math.Exp(a - max) + Math.Exp(b - max) + Math.Exp(c - max));
        }
    }
}
