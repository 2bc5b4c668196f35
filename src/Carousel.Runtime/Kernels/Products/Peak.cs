using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>The inner loop of a product with nothing but its arithmetic: <see cref="KernelSet.RunPeak"/>.</summary>
internal static unsafe class Peak
{
    /// <summary>Four strips of at least two registers: eight independent sums hide the latency of a multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Run<TStrip>(int rounds) where TStrip : unmanaged, IStrip<TStrip>
    {
        const int Sums = 4;
        float small = 1e-3f;
        TStrip a = TStrip.Broadcast(&small), s0 = default, s1 = default, s2 = default, s3 = default;
        for (int round = 0; round < rounds; round++)
        {
            s0.AddProduct(a, a);
            s1.AddProduct(a, a);
            s2.AddProduct(a, a);
            s3.AddProduct(a, a);
        }

        // Looking at the sums keeps the loop from being dropped.
        float* sums = stackalloc float[TStrip.Width];
        (s0 + s1 + (s2 + s3)).Store(sums);
        return float.IsNaN(sums[0]) ? 0 : 2L * Sums * TStrip.Width * rounds;
    }
}
