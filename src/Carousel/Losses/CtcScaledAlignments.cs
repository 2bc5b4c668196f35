using System.Numerics;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>
/// The loss of one sequence by all its alignments, in probabilities and float64: after each frame all states are scaled by a power of two, so that the most probable one is
/// between 1 and 2 (Rabiner 1989, with scales that round nothing).
/// </summary>
/// <remarks>
/// A state that is 2⁹⁶⁰ times less probable than the most probable one is dropped. That could matter only if the way to the end leads through such states, as where a network is
/// all but certain of blanks only; what was dropped at most is therefore followed as if it were a probability, and the answer is given only if it is right to 10⁻¹⁵.
/// </remarks>
/// <param name="sequence">The sequence.</param>
internal sealed class CtcScaledAlignments(CtcSequence sequence)
{
    private const double Allowed = 1e-15;

    // Beyond any double.
    private const int MostScale = 5000;

    private static readonly double Smallest = Math.ScaleB(1, -960), LeastNormal = Math.ScaleB(1, -1022), LargestFactor = Math.ScaleB(1, 600);

    // In front of each row of states and behind it stand two that are never reached.
    private const int Margin = 2;

    private readonly int _classes = sequence.Classes, _states = sequence.States, _frames = sequence.Frames, _width = sequence.States + Margin;
    private readonly double[] _shares = new double[sequence.Frames * sequence.Classes];
    private readonly double[] _forward = new double[(sequence.Frames + 1) * (sequence.States + Margin)];
    private readonly double[] _ofStates = new double[sequence.States];
    private readonly double[] _skips = new double[sequence.States + Margin];

    // Powers of two by which the shares of a frame, and all up to a frame together, were scaled.
    private readonly int[] _shareScales = new int[sequence.Frames];
    private readonly long[] _scales = new long[sequence.Frames + 1];

    /// <summary>Works the loss out.</summary>
    /// <param name="slopes">[T, B, C], receives the gradient of this sequence; of no meaning when it cannot be worked out.</param>
    /// <param name="loss">Nats.</param>
    /// <returns>False when only <see cref="CtcLogAlignments"/> can tell: no alignment is possible, or all are improbable beyond measure.</returns>
    public bool TryRun(Tensor slopes, out float loss)
    {
        loss = 0;
        for (int state = 0; state < _states; state++)
        {
            _skips[state] = sequence.CanSkipTo(state) ? 1 : 0;
        }

        if (_frames == 0 || !TryForward(out double end))
        {
            return false;
        }

        loss = (float)((Math.Log(2) * _scales[_frames]) - Math.Log(end));
        return TryBackward(slopes, end);
    }

    private bool TryForward(out double end)
    {
        // Before the first frame stands a state from which the first blank and the first label are reached.
        _forward[Margin] = 1;
        double[] dropped = new double[_width], before = new double[_width];
        for (int t = 0; t < _frames; t++)
        {
            Share(t);
            Gather(t);
            Span<double> now = _forward.AsSpan(((t + 1) * _width) + Margin, _states);
            Advance(_forward.AsSpan(t * _width, _width), now);
            dropped.CopyTo(before, 0);
            Advance(before, dropped.AsSpan(Margin));
            if (!TryScale(now, dropped.AsSpan(Margin), out int scale))
            {
                end = 0;
                return false;
            }

            _scales[t + 1] = _scales[t] + _shareScales[t] + scale;
        }

        ReadOnlySpan<double> last = _forward.AsSpan(_frames * _width, _width);
        end = last[^1] + last[^2];
        return end > 0 && dropped[^1] + dropped[^2] <= Allowed * end;

        void Advance(ReadOnlySpan<double> from, Span<double> to)
        {
            TensorPrimitives.Add(from[Margin..], from[1..^1], to);
            TensorPrimitives.MultiplyAdd(_skips.AsSpan(0, _states), from[..^Margin], to, to);
            TensorPrimitives.Multiply(to, _ofStates, to);
        }
    }

    // ∂(−ln p)/∂logit[t, c] = y[t, c] − Σ over states s of class c of the probability, given the labels, to be in s at frame t.
    private bool TryBackward(Tensor slopes, double end)
    {
        // after[s]: the probability of all ways from state s at frame t to the end, without frame t itself.
        double[] after = new double[_width], dropped = new double[_width], weighed = new double[_width], occupied = new double[_classes];
        after[_states - 1] = 1;
        after[Math.Max(0, _states - 2)] = 1;
        long scales = 0;
        for (int t = _frames - 1; t >= 0; t--)
        {
            // Where the probable states of both directions are not the same ones, their products are small, and too small in the end.
            double factor = Scaled(1 / end, _scales[_frames] - _scales[t + 1] - scales);
            if (factor > LargestFactor)
            {
                return false;
            }

            TensorPrimitives.Multiply(_forward.AsSpan(((t + 1) * _width) + Margin, _states), after.AsSpan(0, _states), weighed);
            Occupy(weighed, factor, occupied);
            Span<float> row = sequence.Row(slopes, t);
            for (int c = 0; c < _classes; c++)
            {
                row[c] = (float)(_shares[(t * _classes) + c] - occupied[c]);
            }

            Gather(t);
            GoBack(after.AsSpan(0, _states));
            GoBack(dropped.AsSpan(0, _states));
            if (!TryScale(after.AsSpan(0, _states), dropped.AsSpan(0, _states), out int scale))
            {
                return false;
            }

            scales += _shareScales[t] + scale;
        }

        // Before the first frame is a state like that of the first blank.
        return dropped[0] <= Allowed * Scaled(end, scales - _scales[_frames]);

        void GoBack(Span<double> states)
        {
            TensorPrimitives.Multiply(states, _ofStates, weighed);
            TensorPrimitives.Add(weighed.AsSpan(0, _states), weighed.AsSpan(1, _states), states);
            TensorPrimitives.MultiplyAdd(_skips.AsSpan(Margin), weighed.AsSpan(Margin), states, states);
        }
    }

    private static double Scaled(double value, long scale) => Math.ScaleB(value, (int)Math.Clamp(scale, -MostScale, MostScale));

    private void Occupy(ReadOnlySpan<double> weighed, double factor, Span<double> occupied)
    {
        occupied.Clear();
        double blanks = 0;
        for (int state = 0; state < _states; state += 2)
        {
            blanks += weighed[state];
        }

        occupied[sequence.Blank] = blanks * factor;
        for (int label = 0; label < sequence.Labels.Length; label++)
        {
            occupied[sequence.Labels[label]] += weighed[(2 * label) + 1] * factor;
        }
    }

    // y[t, c], and the power of two that brings the largest of a blank or label of this sequence between 1 and 2.
    private void Share(int t)
    {
        ReadOnlySpan<float> x = sequence.Row(sequence.Logits, t);
        Span<double> y = _shares.AsSpan(t * _classes, _classes);
        double max = TensorPrimitives.Max(x), sum = 0;
        for (int c = 0; c < x.Length; c++)
        {
            y[c] = Math.Exp(x[c] - max);
            sum += y[c];
        }

        TensorPrimitives.Divide(y, sum, y);
        double largest = y[sequence.Blank];
        foreach (int label in sequence.Labels)
        {
            largest = Math.Max(largest, y[label]);
        }

        _shareScales[t] = largest >= LeastNormal ? -Math.ILogB(largest) : 0;
    }

    // The scaled share of each state's class.
    private void Gather(int t)
    {
        ReadOnlySpan<double> y = _shares.AsSpan(t * _classes, _classes);
        double scale = Math.ScaleB(1, _shareScales[t]), blank = y[sequence.Blank] * scale;
        for (int state = 0; state < _states; state += 2)
        {
            _ofStates[state] = blank;
        }

        for (int label = 0; label < sequence.Labels.Length; label++)
        {
            _ofStates[(2 * label) + 1] = y[sequence.Labels[label]] * scale;
        }
    }

    // Brings the largest state between 1 and 2, and drops those that are too small, which adds to what was dropped; false when none is left.
    private static bool TryScale(Span<double> states, Span<double> dropped, out int scale)
    {
        double largest = TensorPrimitives.Max<double>(states);
        scale = largest >= LeastNormal ? -Math.ILogB(largest) : 0;
        if (!(largest >= LeastNormal))
        {
            return false;
        }

        // Products too small for a double were dropped before.
        double factor = Math.ScaleB(1, scale), more = Smallest + (8 * LeastNormal * factor);
        int at = 0;
        for (; at <= states.Length - Vector<double>.Count; at += Vector<double>.Count)
        {
            Vector<double> scaled = new Vector<double>(states[at..]) * factor, bound = new Vector<double>(dropped[at..]) * factor;
            (bound + new Vector<double>(more)).CopyTo(dropped[at..]);
            Vector.ConditionalSelect(Vector.GreaterThan(scaled, new Vector<double>(Smallest)), scaled, Vector<double>.Zero).CopyTo(states[at..]);
        }

        for (; at < states.Length; at++)
        {
            double scaled = states[at] * factor;
            states[at] = scaled > Smallest ? scaled : 0;
            dropped[at] = (dropped[at] * factor) + more;
        }

        return true;
    }
}
