using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>The loss of one sequence by all its alignments, in logarithms and float64: right for any numbers, and slow.</summary>
/// <param name="sequence">The sequence.</param>
internal sealed class CtcLogAlignments(CtcSequence sequence)
{
    private readonly int _classes = sequence.Classes, _states = sequence.States, _frames = sequence.Frames;

    // ln y[t, c], and α[t, s]: the log-probability of all ways to be in state s after frame t.
    private readonly double[] _logShares = new double[sequence.Frames * sequence.Classes];
    private readonly double[] _forward = new double[sequence.Frames * sequence.States];

    /// <summary>The loss, with its gradient written to the slopes of this sequence.</summary>
    public float Run(Tensor slopes, bool zeroInfinity)
    {
        for (int t = 0; t < _frames; t++)
        {
            LogSoftmax(t);
        }

        double total = _frames == 0 ? (sequence.Labels.Length == 0 ? 0 : double.NegativeInfinity) : Forward();
        if (double.IsNegativeInfinity(total))
        {
            for (int t = 0; t < _frames && !zeroInfinity; t++)
            {
                sequence.Row(slopes, t).Fill(float.NaN);
            }

            return zeroInfinity ? 0 : float.PositiveInfinity;
        }

        Backward(slopes, total);
        return (float)-total;
    }

    private double Forward()
    {
        for (int t = 0; t < _frames; t++)
        {
            for (int s = 0; s < _states; s++)
            {
                double reached = t == 0 ? (s <= 1 ? 0 : double.NegativeInfinity)
                    : LogSum(At(t - 1, s), At(t - 1, s - 1), sequence.CanSkipTo(s) ? At(t - 1, s - 2) : double.NegativeInfinity);
                _forward[(t * _states) + s] = reached + LogShare(t, s);
            }
        }

        return LogSum(At(_frames - 1, _states - 1), At(_frames - 1, _states - 2), double.NegativeInfinity);

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

        for (int t = _frames - 1; t >= 0; t--)
        {
            Array.Clear(occupied);
            for (int s = 0; s < _states; s++)
            {
                occupied[sequence.ClassOf(s)] += Math.Exp(_forward[(t * _states) + s] + after[s] - total);
            }

            Span<float> row = sequence.Row(slopes, t);
            for (int c = 0; c < _classes; c++)
            {
                row[c] = (float)(Math.Exp(_logShares[(t * _classes) + c]) - occupied[c]);
            }

            // In increasing s each sum still finds the later states of the frame after.
            for (int s = 0; s < _states; s++)
            {
                after[s] = LogSum(Leave(t, after, s), Leave(t, after, s + 1), s + 2 < _states && sequence.CanSkipTo(s + 2) ? Leave(t, after, s + 2) : double.NegativeInfinity);
            }
        }
    }

    private double Leave(int t, double[] after, int s) => s >= _states ? double.NegativeInfinity : after[s] + LogShare(t, s);

    private double LogShare(int t, int s) => _logShares[(t * _classes) + sequence.ClassOf(s)];

    private void LogSoftmax(int t)
    {
        ReadOnlySpan<float> x = sequence.Row(sequence.Logits, t);
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
