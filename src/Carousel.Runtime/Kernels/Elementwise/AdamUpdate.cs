using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>One AdamW update of a parameter buffer.</summary>
internal static unsafe class AdamUpdate
{
    /// <summary>Updates weights, mean and variance, all [n].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLanes>(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> mean, Span<float> variance, in AdamStep step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        fixed (float* w = weights, g = gradients, m = mean, v = variance)
        {
            int i = 0;
            for (; i <= weights.Length - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
            {
                Update<TLanes>(w + i, g + i, m + i, v + i, ILanes<TLanes>.Count, step);
            }

            if (i < weights.Length)
            {
                Update<TLanes>(w + i, g + i, m + i, v + i, weights.Length - i, step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update<TLanes>(float* w, float* g, float* m, float* v, int count, in AdamStep step) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes gradient = TLanes.Load(g, count) * TLanes.Create(step.GradientScale);
        TLanes mean = TLanes.MultiplyAdd(TLanes.Create(step.Beta1), TLanes.Load(m, count), TLanes.Create(1 - step.Beta1) * gradient);
        TLanes variance = TLanes.MultiplyAdd(TLanes.Create(step.Beta2), TLanes.Load(v, count), TLanes.Create(1 - step.Beta2) * gradient * gradient);
        mean = Tiny.Flush(mean);
        variance = Tiny.Flush(variance);
        mean.Store(m, count);
        variance.Store(v, count);
        TLanes root = TLanes.MultiplyAdd(TLanes.Sqrt(variance), TLanes.Create(step.InverseRootCorrection), TLanes.Create(step.Epsilon));
        TLanes kept = TLanes.Create(1 - step.Decay) * TLanes.Load(w, count);
        (kept - (TLanes.Create(step.Rate) * mean / root)).Store(w, count);
    }
}
