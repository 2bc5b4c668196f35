using System.Numerics;

namespace Carousel.Numerics;

/// <summary>
/// A seeded stream of random numbers whose whole state can be saved and restored: xoshiro256** (Blackman &amp; Vigna 2018), seeded by SplitMix64.
/// </summary>
public sealed class RandomSource
{
    private readonly ulong[] _state = new ulong[4];

    /// <summary>Starts the stream that belongs to <paramref name="seed"/>.</summary>
    public RandomSource(ulong seed) => Restart(seed);

    /// <summary>Goes over to the stream that belongs to <paramref name="seed"/>.</summary>
    internal void Restart(ulong seed)
    {
        for (int i = 0; i < _state.Length; i++)
        {
            seed += 0x9E3779B97F4A7C15;
            ulong z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            _state[i] = z ^ (z >> 31);
        }
    }

    /// <summary>The four words that determine every number to come.</summary>
    public IReadOnlyList<ulong> State => [.. _state];

    /// <summary>Continues where <see cref="State"/> was read.</summary>
    /// <exception cref="ArgumentException">Not four words, or all zero, which no stream ever reaches.</exception>
    public static RandomSource Restore(IReadOnlyList<ulong> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Count != 4 || state.All(word => word == 0))
        {
            throw new ArgumentException($"a random state is four words that are not all zero, found {state.Count}", nameof(state));
        }

        var source = new RandomSource(0);
        for (int i = 0; i < 4; i++)
        {
            source._state[i] = state[i];
        }

        return source;
    }

    /// <summary>A new independent stream drawn from this one: for a layer, a worker, an epoch.</summary>
    public RandomSource Fork() => new(NextBits());

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_state[1] * 5, 7) * 9;
        ulong t = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= t;
        _state[3] = BitOperations.RotateLeft(_state[3], 45);
        return result;
    }

    /// <summary>Writes 0 with a probability and another number otherwise, each element for itself. The probability is rounded to a multiple of 2⁻¹⁶: four elements take one draw.</summary>
    /// <param name="values">Written.</param>
    /// <param name="rate">Probability of 0, 0 … 1.</param>
    /// <param name="otherwise">What the other elements are.</param>
    public void FillMask(Span<float> values, float rate, float otherwise)
    {
        // Without a branch, since no processor foresees it: a draw below gives a sign, and the sign the bits to keep.
        int below = (int)MathF.Round(rate * (1 << 16)), kept = BitConverter.SingleToInt32Bits(otherwise);
        for (int at = 0; at < values.Length; at += 4)
        {
            ulong bits = NextBits();
            foreach (ref float value in values.Slice(at, Math.Min(4, values.Length - at)))
            {
                value = BitConverter.Int32BitsToSingle(kept & ((below - 1 - (int)(bits & 0xFFFF)) >> 31));
                bits >>= 16;
            }
        }
    }

    /// <summary>Uniform in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextSingle() => (NextBits() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in 0 … <paramref name="bound"/> − 1, without bias (Lemire 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is below 1.</exception>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextBits(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextBits(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>Normal with mean 0 and deviation 1 (Box &amp; Muller 1958; one of the pair is used, so that the state stays four words).</summary>
    public float NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return (float)(radius * Math.Cos(2 * Math.PI * NextDouble()));
    }

    /// <summary>Puts the items into a uniformly random order (Fisher &amp; Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
