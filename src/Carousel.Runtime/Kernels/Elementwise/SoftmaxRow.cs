using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>Soft-max of one row of logits in three passes: the largest, the exponentials and their sum, the scaling.</summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>y = e^(x − max) / Σ e^(x − max); y may be x.</summary>
    /// <returns>log Σ e^x</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Run<TLanes>(ReadOnlySpan<float> x, Span<float> y) where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = x.Length - (x.Length % ILanes<TLanes>.Count), rest = x.Length - whole;
        fixed (float* from = x, to = y)
        {
            float largest = Largest<TLanes>(from, x.Length);
            TLanes shift = TLanes.Create(largest), sum = default;
            for (int i = 0; i < whole; i += ILanes<TLanes>.Count)
            {
                TLanes power = ExpOperator.Invoke(TLanes.Load(from + i) - shift);
                power.Store(to + i);
                sum += power;
            }

            if (rest > 0)
            {
                // Stored and loaded again, so that the lanes behind the row count as zero.
                ExpOperator.Invoke(TLanes.Load(from + whole, rest) - shift).Store(to + whole, rest);
                sum += TLanes.Load(to + whole, rest);
            }

            float total = TLanes.Sum(sum);
            TLanes scale = TLanes.Create(1 / total);
            for (int i = 0; i < whole; i += ILanes<TLanes>.Count)
            {
                (TLanes.Load(to + i) * scale).Store(to + i);
            }

            if (rest > 0)
            {
                (TLanes.Load(to + whole, rest) * scale).Store(to + whole, rest);
            }

            return largest + MathF.Log(total);
        }
    }

    /// <summary>y = x − log Σ e^x; y may be x. The exponentials are only summed, in the order of <see cref="Run"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunLog<TLanes>(ReadOnlySpan<float> x, Span<float> y) where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = x.Length - (x.Length % ILanes<TLanes>.Count), rest = x.Length - whole;
        fixed (float* from = x, to = y)
        {
            float largest = Largest<TLanes>(from, x.Length);
            TLanes shift = TLanes.Create(largest), sum = default;
            for (int i = 0; i < whole; i += ILanes<TLanes>.Count)
            {
                sum += ExpOperator.Invoke(TLanes.Load(from + i) - shift);
            }

            if (rest > 0)
            {
                // Through memory, so that the lanes behind the row count as zero.
                float* powers = stackalloc float[ILanes<TLanes>.Count];
                ExpOperator.Invoke(TLanes.Load(from + whole, rest) - shift).Store(powers);
                sum += TLanes.Load(powers, rest);
            }

            TLanes logSum = TLanes.Create(largest + MathF.Log(TLanes.Sum(sum)));
            for (int i = 0; i < whole; i += ILanes<TLanes>.Count)
            {
                (TLanes.Load(from + i) - logSum).Store(to + i);
            }

            if (rest > 0)
            {
                (TLanes.Load(from + whole, rest) - logSum).Store(to + whole, rest);
            }
        }
    }

    // A NaN may or may not be returned; either way it reaches the sum through its own exponential.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest<TLanes>(float* x, int length) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes lanes = TLanes.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= length - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
        {
            lanes = TLanes.Max(TLanes.Load(x + i), lanes);
        }

        float* each = stackalloc float[ILanes<TLanes>.Count];
        lanes.Store(each);
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < ILanes<TLanes>.Count; lane++)
        {
            largest = each[lane] > largest ? each[lane] : largest;
        }

        for (; i < length; i++)
        {
            largest = x[i] > largest ? x[i] : largest;
        }

        return largest;
    }
}
