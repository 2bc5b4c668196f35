using System.Runtime.Intrinsics;
using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>The dropouts of the AWD-LSTM (Merity, Keskar &amp; Socher 2018), which draw once for a whole sequence. While training only.</summary>
public static class AwdDropouts
{
    // Elements of a shard: the mask depends on their number in the tensor, never on the threads. A part of one fits into the fastest memory.
    private const int ShardLength = 1 << 14, PartLength = 1 << 10;

    /// <summary>Sets features to zero, the same ones at every time step of a sequence, and divides the rest by 1 − rate (Gal &amp; Ghahramani 2016).</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]</param>
    /// <param name="rate">p, 0 ≤ p &lt; 1.</param>
    /// <exception cref="ArgumentException">x has other axes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor VariationalDropout(this Tape tape, Tensor x, float rate)
    {
        if (x.Rank != 3)
        {
            throw new ArgumentException($"variational dropout takes [T, B, F], found {x}", nameof(x));
        }

        return tape.IsTraining && rate > 0 ? tape.Multiply(x, tape.DropoutMask(rate, x.Shape[1], x.Shape[2])) : x;
    }

    /// <summary>Sets whole words to zero wherever they stand and divides the rest by 1 − rate: dropout on the rows of the embedding table.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">Rows of the table that were looked up [T, B, E].</param>
    /// <param name="ids">Whose they are [T, B]; read whenever the operation runs.</param>
    /// <param name="words">V, number of words.</param>
    /// <param name="rate">p, 0 ≤ p &lt; 1.</param>
    /// <exception cref="ArgumentException">There is not one id for each row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor EmbeddingDropout(this Tape tape, Tensor x, ReadOnlyMemory<int> ids, int words, float rate)
    {
        ThrowIfNoRate(rate);
        int width = x.Shape[^1];
        if (ids.Length * width != x.Length)
        {
            throw new ArgumentException($"{ids.Length} ids do not fit the rows of {x}", nameof(ids));
        }

        if (!tape.IsTraining || rate == 0)
        {
            return x;
        }

        float[] factors = new float[words], kept = new float[ids.Length];
        Tensor y = tape.Empty(x.Shape);
        Forward();
        tape.Record("embedding_dropout", [y], [x], Backward, Forward);
        return y;

        void Forward()
        {
            foreach (ref float factor in factors.AsSpan())
            {
                factor = tape.Random.NextSingle() < rate ? 0 : 1 / (1 - rate);
            }

            for (int at = 0; at < kept.Length; at++)
            {
                kept[at] = factors[ids.Span[at]];
                TensorPrimitives.Multiply(x.Values.Slice(at * width, width), kept[at], y.Values.Slice(at * width, width));
            }
        }

        void Backward()
        {
            Span<float> dx = tape.GradientOf(x);
            for (int at = 0; at < kept.Length; at++)
            {
                Span<float> sum = dx.Slice(at * width, width);
                TensorPrimitives.FusedMultiplyAdd(y.Gradient.Slice(at * width, width), kept[at], sum, sum);
            }
        }
    }

    /// <summary>
    /// DropConnect (Wan et al. 2013): sets elements of a weight to zero and divides the rest by 1 − rate. On recurrent weights, the same for all time steps, it is the weight drop of
    /// the AWD-LSTM: the dropped weight is packed once for the whole sequence.
    /// </summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="weight">Any shape.</param>
    /// <param name="rate">p, 0 ≤ p &lt; 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor DropWeights(this Tape tape, Tensor weight, float rate)
    {
        ThrowIfNoRate(rate);
        if (!tape.IsTraining || rate == 0)
        {
            return weight;
        }

        float kept = 1 / (1 - rate);
        uint dropped = (uint)(rate * (1L << 32));
        ulong seed = 0;
        int shards = (weight.Length + ShardLength - 1) / ShardLength;
        Tensor y = tape.Empty(weight.Shape);
        Action<int> forwardShard = ForwardShard, backwardShard = BackwardShard;
        Forward();
        tape.Record("drop_weights", [y], [weight], Backward, Forward);
        return y;

        void Forward()
        {
            seed = tape.Random.NextBits();
            tape.Workers.Run(shards, forwardShard);
        }

        void Backward()
        {
            tape.GradientOf(weight);
            tape.Workers.Run(shards, backwardShard);
        }

        void ForwardShard(int shard)
        {
            Span<float> factors = stackalloc float[PartLength], from = weight.Values, to = y.Values;
            int end = Math.Min(weight.Length, (shard + 1) * ShardLength);
            for (int start = shard * ShardLength; start < end; start += PartLength)
            {
                int length = Math.Min(PartLength, end - start);
                Factors(seed, start, dropped, kept, factors[..length]);
                TensorPrimitives.Multiply(from.Slice(start, length), factors[..length], to.Slice(start, length));
            }
        }

        // The mask is drawn again instead of kept: that costs less than reading it.
        void BackwardShard(int shard)
        {
            Span<float> factors = stackalloc float[PartLength], from = y.Gradient, to = weight.Gradient;
            int end = Math.Min(weight.Length, (shard + 1) * ShardLength);
            for (int start = shard * ShardLength; start < end; start += PartLength)
            {
                int length = Math.Min(PartLength, end - start);
                Factors(seed, start, dropped, kept, factors[..length]);
                TensorPrimitives.MultiplyAdd(from.Slice(start, length), factors[..length], to.Slice(start, length), to.Slice(start, length));
            }
        }
    }

    /// <summary>What elements of a weight are multiplied by: 0 where dropped, else <paramref name="kept"/>.</summary>
    /// <remarks>
    /// Element a takes a half of output number a / 2 of SplitMix64 (Steele, Lea &amp; Flood 2014), the low one where a is even: outputs can be worked out without the ones before,
    /// eight at a time.
    /// </remarks>
    /// <param name="seed">Of the generator.</param>
    /// <param name="start">Number of the first element, even.</param>
    /// <param name="dropped">rate · 2³²: what is drawn below it is dropped.</param>
    /// <param name="kept">1 / (1 − rate)</param>
    /// <param name="factors">Written.</param>
    internal static void Factors(ulong seed, int start, uint dropped, float kept, Span<float> factors)
    {
        const ulong golden = 0x9E3779B97F4A7C15;
        ulong next = seed + (((ulong)start >> 1) * golden);
        Vector512<ulong> state = Vector512.Create(next) + ((Vector512<ulong>.Indices + Vector512<ulong>.One) * golden);
        Vector512<float> factor = Vector512.Create(kept);
        int width = Vector512<float>.Count;
        for (; factors.Length >= width; factors = factors[width..])
        {
            Draw(state, dropped, factor).CopyTo(factors);
            state += Vector512.Create((ulong)(width / 2) * golden);
        }

        if (factors.Length > 0)
        {
            Span<float> last = stackalloc float[width];
            Draw(state, dropped, factor).CopyTo(last);
            last[..factors.Length].CopyTo(factors);
        }
    }

    private static Vector512<float> Draw(Vector512<ulong> z, uint dropped, Vector512<float> factor)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return Vector512.AndNot(factor, Vector512.LessThan(z.AsUInt32(), Vector512.Create(dropped)).AsSingle());
    }

    private static void ThrowIfNoRate(float rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rate, 1);
    }
}
