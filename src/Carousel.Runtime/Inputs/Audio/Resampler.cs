using Carousel.Runtime.States;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// Changes the sample rate by a windowed sinc: y[n] = Σₖ x[k]·s·h(s·(n·from/to − k)) with h(u) = c·sinc(c·u)·w(u), s = min(1, to/from), w a Kaiser window over
/// 32 zero crossings on each side and c = 0.92, so that what cannot be kept is damped by 80 dB (Smith, Digital Audio Resampling, 2002).
/// </summary>
/// <remarks>
/// A stream: any chunking of the samples gives the same bits, N samples give ⌈N·to/from⌉, and around the signal there is silence. Nothing is allocated after the
/// constructor. For one thread at a time.
/// </remarks>
public sealed class Resampler
{
    private const int ZeroCrossings = 32;
    private const double CutOff = 0.92;

    // Weights kept for every position between two samples, unless they are more than this: 44,101 Hz → 8,000 Hz has 8,000 positions of 354.
    private const int MostKept = 1 << 18;

    // Samples taken in before the window moves to the beginning of its buffer.
    private const int Room = 4096;

    private readonly int _from;
    private readonly int _to;
    private readonly int _half;
    private readonly float[] _weights;
    private readonly bool _isKept;

    // The samples from number _first on; the next output is at _whole + _part / _to.
    private readonly float[] _held;
    private int _count;
    private long _first;
    private long _whole;
    private int _part;

    /// <summary>A resampler at the beginning of a signal.</summary>
    /// <param name="from">Samples per second coming in, 1 or more.</param>
    /// <param name="to">Samples per second going out, 1 or more, at most 1,000 times more or fewer.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate is out of range.</exception>
    public Resampler(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, 1000L * to);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, 1000L * from);
        int divisor = CommonDivisor(from, to);
        (_from, _to) = (from / divisor, to / divisor);
        _half = (int)Math.Ceiling(ZeroCrossings * Math.Max(1, (double)_from / _to));
        _held = new float[(2 * _half) + Room];
        _isKept = (long)_to * 2 * _half <= MostKept;
        _weights = new float[(_isKept ? _to : 1) * 2 * _half];
        for (int part = 0; _isKept && part < _to; part++)
        {
            Weigh(part, _weights.AsSpan(part * 2 * _half, 2 * _half));
        }

        Reset();
    }

    /// <summary>Samples that must follow a moment before it comes out.</summary>
    public int LookAhead => _half;

    /// <summary>Samples that <see cref="Finish"/> gives at most.</summary>
    public int MostAtEnd => MostOutputs(_half);

    /// <summary>Resamples a whole signal.</summary>
    /// <param name="samples">[N]</param>
    /// <param name="from">Samples per second of it.</param>
    /// <param name="to">Samples per second wanted.</param>
    /// <returns>[⌈N·to/from⌉]</returns>
    public static float[] Resample(ReadOnlySpan<float> samples, int from, int to)
    {
        var resampler = new Resampler(from, to);
        float[] output = new float[checked((int)((((long)samples.Length * to) + from - 1) / from)) + resampler.MostAtEnd + 1];
        int count = 0;
        while (!samples.IsEmpty)
        {
            int taken = Math.Min(samples.Length, Room);
            count += resampler.Write(samples[..taken], output.AsSpan(count));
            samples = samples[taken..];
        }

        count += resampler.Finish(output.AsSpan(count));
        return output[..count];
    }

    /// <summary>Most samples that come out when so many go in.</summary>
    /// <param name="samples">0 or more.</param>
    public int MostOutputs(int samples) => checked((int)(((long)samples * _to / _from) + 1));

    /// <summary>Takes samples, and gives those that can be computed now.</summary>
    /// <param name="samples">Any number.</param>
    /// <param name="output">Receives them; room for what comes out, at most <see cref="MostOutputs"/>.</param>
    /// <returns>How many came out.</returns>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    public int Write(ReadOnlySpan<float> samples, Span<float> output)
    {
        int count = 0;
        while (!samples.IsEmpty)
        {
            int taken = Math.Min(samples.Length, _held.Length - _count);
            samples[..taken].CopyTo(_held.AsSpan(_count));
            _count += taken;
            samples = samples[taken..];
            count += Produce(output[count..], long.MaxValue);
        }

        return count;
    }

    /// <summary>Gives the samples that were waiting for more, followed by silence; then begins a new signal.</summary>
    /// <param name="output">Receives them; room for <see cref="MostAtEnd"/>.</param>
    /// <returns>How many came out.</returns>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    public int Finish(Span<float> output)
    {
        long end = _first + _count;
        int count = 0;
        for (int left = _half; left > 0;)
        {
            int taken = Math.Min(left, _held.Length - _count);
            _held.AsSpan(_count, taken).Clear();
            _count += taken;
            left -= taken;
            count += Produce(output[count..], end);
        }

        Reset();
        return count;
    }

    /// <summary>Begins a new signal.</summary>
    public void Reset()
    {
        (_whole, _part, _first, _count) = (0, 0, 1 - _half, _half - 1);
        _held.AsSpan(0, _count).Clear();
    }

    /// <summary>Writes the samples that are still needed, and where in them the next one is.</summary>
    internal void Save(StateWriter state)
    {
        foreach (long number in (long[])[_first, _count, _whole, _part])
        {
            state.Long(number);
        }

        state.Values<float>(_held.AsSpan(0, _count));
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    internal void Restore(StateReader state)
    {
        _first = state.Long(1 - _half, long.MaxValue / 4);
        _count = state.Int(0, _held.Length - 1);
        _whole = state.Long(_first + _half - 1, long.MaxValue / 2);
        _part = state.Int(0, _to - 1);
        state.Singles(_held.AsSpan(0, _count));
    }

    private int Produce(Span<float> output, long end)
    {
        int count = 0;
        for (; _whole + _half < _first + _count && _whole < end; count++)
        {
            if (count == output.Length)
            {
                throw new ArgumentException($"output has room for {output.Length} samples, and more come out", nameof(output));
            }

            output[count] = Product(_held.AsSpan((int)(_whole - _half + 1 - _first), 2 * _half), Weights());
            (long whole, long part) = Math.DivRem((long)_part + _from, _to);
            _whole += whole;
            _part = (int)part;
        }

        // Room for the samples to come: those before the next window are no longer needed.
        int done = (int)Math.Min(_whole - _half + 1 - _first, _count);
        if (done > 0 && _count == _held.Length)
        {
            _held.AsSpan(done, _count - done).CopyTo(_held);
            _first += done;
            _count -= done;
        }

        return count;
    }

    private ReadOnlySpan<float> Weights()
    {
        if (_isKept)
        {
            return _weights.AsSpan(_part * 2 * _half, 2 * _half);
        }

        Weigh(_part, _weights);
        return _weights;
    }

    // Four sums, in an order that does not depend on the machine.
    private static float Product(ReadOnlySpan<float> samples, ReadOnlySpan<float> weights)
    {
        double a = 0, b = 0, c = 0, d = 0;
        int i = 0;
        for (; i + 4 <= samples.Length; i += 4)
        {
            a += (double)samples[i] * weights[i];
            b += (double)samples[i + 1] * weights[i + 1];
            c += (double)samples[i + 2] * weights[i + 2];
            d += (double)samples[i + 3] * weights[i + 3];
        }

        for (; i < samples.Length; i++)
        {
            a += (double)samples[i] * weights[i];
        }

        return (float)(a + b + (c + d));
    }

    /// <summary>The weights of the samples 1 − half … half around a moment that is part / to after sample 0.</summary>
    private void Weigh(int part, Span<float> weights)
    {
        double scale = Math.Min(1, (double)_to / _from);
        for (int i = 0; i < weights.Length; i++)
        {
            double distance = scale * (((double)part / _to) - (i + 1 - _half));
            weights[i] = (float)(scale * CutOff * Sinc(CutOff * distance) * Kaiser(distance / ZeroCrossings));
        }
    }

    // Euclid's.
    private static int CommonDivisor(int a, int b) => b == 0 ? a : CommonDivisor(b, a % b);

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    // β of 80 dB.
    private static double Kaiser(double x)
    {
        const double beta = 0.1102 * (80 - 8.7);
        return Math.Abs(x) >= 1 ? 0 : Bessel(beta * Math.Sqrt(1 - (x * x))) / Bessel(beta);
    }

    // I₀(x) by its series.
    private static double Bessel(double x)
    {
        double term = 1, sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
