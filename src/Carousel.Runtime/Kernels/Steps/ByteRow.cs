using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times one panel in int8: c = s_a · s_p ⊙ (a · P), each factor rounded to −127 … 127 by its own scale. The sums are int32 and exact, so every instruction
/// set gives the same bits.
/// </summary>
/// <remarks>
/// Processors without a dot product of bytes that .NET exposes at this width multiply pairs of 16-bit numbers: the weights are widened on their way from memory, which
/// still moves a quarter of the bytes of float32; the row is widened once, when it is rounded.
/// </remarks>
internal static unsafe class ByteRow
{
    /// <summary>The largest magnitude of a rounded value.</summary>
    public const int Largest = 127;

    // Sums of 127 · 127 stay within int32 up to this depth.
    private const int MostDepth = int.MaxValue / (Largest * Largest);

    /// <summary>Words before the numbers of a rounded row: the scale has a cache line of its own.</summary>
    public const int Head = Panels.Lane;

    /// <summary>Words of one rounded row.</summary>
    public static int TileLength(int depth) => Head + Panels.Padded((depth + 1) / 2);

    /// <summary>Rounds a row: its scale, then as 16-bit numbers x / scale to nearest even. A row that is not finite gets a scale that is not finite.</summary>
    /// <param name="x">[depth]</param>
    /// <param name="tile">[<see cref="TileLength"/>]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantise(ReadOnlySpan<float> x, float* tile)
    {
        Vector<float> most = Vector<float>.Zero;
        int at = 0;
        for (; at <= x.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            most = Vector.Max(most, Vector.Abs(new Vector<float>(x[at..])));
        }

        float max = 0;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            max = MathF.Max(max, most[lane]);
        }

        for (; at < x.Length; at++)
        {
            max = MathF.Max(max, MathF.Abs(x[at]));
        }

        float factor = max == 0 ? 0 : Largest / max;
        tile[0] = max / Largest;
        var to = new Span<short>(tile + Head, (x.Length + 1) & ~1);
        to[^1] = 0;
        var factors = new Vector<float>(factor);
        for (at = 0; at <= x.Length - Vector<short>.Count; at += Vector<short>.Count)
        {
            Vector<int> low = Vector.ConvertToInt32(Vector.Round(new Vector<float>(x[at..]) * factors));
            Vector<int> high = Vector.ConvertToInt32(Vector.Round(new Vector<float>(x[(at + Vector<float>.Count)..]) * factors));
            Vector.Narrow(low, high).CopyTo(to[at..]);
        }

        for (; at < x.Length; at++)
        {
            to[at] = (short)MathF.Round(x[at] * factor);
        }
    }

    /// <summary>Rounds one column of weights.</summary>
    /// <param name="part">The panel.</param>
    /// <param name="column">0 … columns − 1</param>
    /// <param name="values">[depth]</param>
    /// <exception cref="NotSupportedException">The column is so long that a sum could leave 32 bits.</exception>
    public static void SetColumn(PanelPart part, int column, ReadOnlySpan<float> values)
    {
        if (values.Length > MostDepth)
        {
            throw new NotSupportedException($"a matrix with {values.Length} columns is too wide for int8, expected at most {MostDepth}; use another precision");
        }

        float max = 0;
        foreach (float value in values)
        {
            max = MathF.Max(max, MathF.Abs(value));
        }

        part.Start[column] = max / Largest;
        sbyte* to = (sbyte*)(part.Start + part.Columns) + (2 * column);
        for (int k = 0; k < values.Length; k++)
        {
            to[((nint)(k / 2) * 2 * part.Columns) + (k % 2)] = max == 0 ? (sbyte)0 : (sbyte)MathF.Round(values[k] / max * Largest);
        }
    }

    /// <summary>Multiplies.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tile">The row, as <see cref="Quantise"/> left it.</param>
    /// <param name="c">[columns]</param>
    /// <param name="accumulate">True to add to what c holds.</param>
    [SkipLocalsInit]
    public static void Multiply<TLanes>(PanelPart part, float* tile, float* c, bool accumulate) where TLanes : unmanaged, ILanes<TLanes>
    {
        float* sums = stackalloc float[Panels.MostLanes * Panels.Lane];
        int pairs = (part.Depth + 1) / 2;
        int* row = (int*)(tile + Head);
        sbyte* weights = (sbyte*)(part.Start + part.Columns);
        if (typeof(TLanes) == typeof(Lanes512) && Avx512BW.IsSupported)
        {
            if (part.Lanes == Panels.MostLanes)
            {
                Four512(pairs, row, weights, sums);
            }
            else
            {
                for (int lane = 0; lane < part.Lanes; lane++)
                {
                    One512(pairs, row, weights + (2 * lane * Panels.Lane), 2 * part.Columns, sums + (lane * Panels.Lane));
                }
            }
        }
        else if (typeof(TLanes) == typeof(Lanes256) && Avx2.IsSupported)
        {
            for (int lane = 0; lane < part.Lanes; lane++)
            {
                One256(pairs, row, weights + (2 * lane * Panels.Lane), 2 * part.Columns, sums + (lane * Panels.Lane));
            }
        }
        else
        {
            Reference(pairs, (short*)row, weights, part.Columns, sums);
        }

        TLanes scale = TLanes.Create(tile[0]);
        for (int column = 0; column < part.Columns; column += Panels.Lane)
        {
            TLanes before = accumulate ? TLanes.Load(c + column) : default;
            TLanes.MultiplyAdd(TLanes.Load(sums + column), scale * TLanes.Load(part.Start + column), before).Store(c + column);
        }
    }

    // Lane j of a sum is column j: a pair of its weights times the pair of the row, which every lane gets.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four512(int pairs, int* row, sbyte* weights, float* sums)
    {
        const int Step = 2 * Panels.Lane;
        Vector512<int> c0 = default, c1 = default, c2 = default, c3 = default;
        for (int* end = row + pairs; row < end; row++, weights += 4 * Step)
        {
            Vector512<short> pair = Vector512.Create(*row).AsInt16();
            c0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(weights)), pair);
            c1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(weights + Step)), pair);
            c2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(weights + (2 * Step))), pair);
            c3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(weights + (3 * Step))), pair);
        }

        Vector512.ConvertToSingle(c0).Store(sums);
        Vector512.ConvertToSingle(c1).Store(sums + Panels.Lane);
        Vector512.ConvertToSingle(c2).Store(sums + (2 * Panels.Lane));
        Vector512.ConvertToSingle(c3).Store(sums + (3 * Panels.Lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One512(int pairs, int* row, sbyte* weights, nint stride, float* sums)
    {
        Vector512<int> c0 = default;
        for (int* end = row + pairs; row < end; row++, weights += stride)
        {
            c0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(weights)), Vector512.Create(*row).AsInt16());
        }

        Vector512.ConvertToSingle(c0).Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One256(int pairs, int* row, sbyte* weights, nint stride, float* sums)
    {
        const int Half = Panels.Lane / 2;
        Vector256<int> c0 = default, c1 = default;
        for (int* end = row + pairs; row < end; row++, weights += stride)
        {
            Vector256<short> pair = Vector256.Create(*row).AsInt16();
            c0 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights)), pair);
            c1 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + Panels.Lane)), pair);
        }

        Vector256.ConvertToSingle(c0).Store(sums);
        Vector256.ConvertToSingle(c1).Store(sums + Half);
    }

    private static void Reference(int pairs, short* row, sbyte* weights, int columns, float* sums)
    {
        for (int column = 0; column < columns; column++)
        {
            int sum = 0;
            for (int pair = 0; pair < pairs; pair++)
            {
                sbyte* two = weights + (2 * (((nint)pair * columns) + column));
                sum += (row[2 * pair] * two[0]) + (row[(2 * pair) + 1] * two[1]);
            }

            sums[column] = sum;
        }
    }
}
