using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>Sums in the fixed order of <see cref="KernelSet"/>. The lanes behind the last element add zero, which changes no sum.</summary>
internal static unsafe class Reductions
{
    /// <summary>Σ x</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum<TLanes>(ReadOnlySpan<float> x) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes sum = default;
        fixed (float* from = x)
        {
            int i = 0;
            for (; i <= x.Length - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
            {
                sum += TLanes.Load(from + i);
            }

            if (i < x.Length)
            {
                sum += TLanes.Load(from + i, x.Length - i);
            }
        }

        return TLanes.Sum(sum);
    }

    /// <summary>Σ x·y</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot<TLanes>(ReadOnlySpan<float> x, ReadOnlySpan<float> y) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes sum = default;
        fixed (float* left = x, right = y)
        {
            int i = 0;
            for (; i <= x.Length - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
            {
                sum = TLanes.MultiplyAdd(TLanes.Load(left + i), TLanes.Load(right + i), sum);
            }

            if (i < x.Length)
            {
                sum = TLanes.MultiplyAdd(TLanes.Load(left + i, x.Length - i), TLanes.Load(right + i, x.Length - i), sum);
            }
        }

        return TLanes.Sum(sum);
    }

    /// <summary>sums += the rows of x [rows, columns], one after the other. Four rows per pass over <paramref name="sums"/>, in row order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddColumnSums<TLanes>(ReadOnlySpan<float> x, int rows, int columns, Span<float> sums) where TLanes : unmanaged, ILanes<TLanes>
    {
        const int RowsPerPass = 4;
        fixed (float* from = x, to = sums)
        {
            for (int row = 0; row < rows; row += RowsPerPass)
            {
                float* first = from + ((nint)row * columns);
                int count = Math.Min(RowsPerPass, rows - row), column = 0;
                for (; column <= columns - ILanes<TLanes>.Count; column += ILanes<TLanes>.Count)
                {
                    TLanes sum = TLanes.Load(to + column);
                    for (int i = 0; i < count; i++)
                    {
                        sum += TLanes.Load(first + ((nint)i * columns) + column);
                    }

                    sum.Store(to + column);
                }

                if (column < columns)
                {
                    TLanes sum = TLanes.Load(to + column, columns - column);
                    for (int i = 0; i < count; i++)
                    {
                        sum += TLanes.Load(first + ((nint)i * columns) + column, columns - column);
                    }

                    sum.Store(to + column, columns - column);
                }
            }
        }
    }
}
