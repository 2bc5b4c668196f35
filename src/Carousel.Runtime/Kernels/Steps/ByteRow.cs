using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times one panel in int8: c = s_a · s_p ⊙ (a · P), each factor rounded to −127 … 127 by its own scale. The sums are int32 and exact, so every instruction
/// set gives the same bits.
/// </summary>
/// <remarks>
/// The instruction for dot products of bytes (<c>vpdpbusd</c>: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2) takes unsigned times signed bytes. So
/// rows are held plus 128, and a sum starts at the correction of its column, −128 times the sum of its weights. Processors without it multiply pairs of 16-bit numbers.
/// </remarks>
internal static unsafe class ByteRow
{
    /// <summary>The largest magnitude of a rounded value.</summary>
    public const int Largest = 127;

    /// <summary>What stands for zero in a rounded row.</summary>
    public const int Zero = 128;

    /// <summary>Consecutive k that lie beside each other: the bytes of a word.</summary>
    public const int Quad = 4;

    /// <summary>Words before the bytes of a rounded row: the scale has a cache line of its own.</summary>
    public const int Head = Panels.Lane;

    // Sums of 127 · 127 stay within int32 up to this depth; that they pass through numbers beyond it, modulo 2³², does no harm.
    private const int MostDepth = int.MaxValue / (Largest * Largest);

    private const int Line = 64, Half = Line / 2;

    /// <summary>Words of depth: rounded up to whole ones.</summary>
    public static int Quads(int depth) => (depth + Quad - 1) / Quad;

    /// <summary>Words of one rounded row.</summary>
    public static int TileLength(int depth) => Head + Panels.Padded(Quads(depth));

    /// <summary>Rounds a row: its scale, then on the next cache line 128 + x / scale to nearest even, filled up with zeros to a whole line.</summary>
    /// <param name="x">[depth]; a row that is not finite gets the scale NaN, one below <see cref="Tiny.Limit"/> counts as zero.</param>
    /// <param name="depth">K</param>
    /// <param name="tile">[<see cref="TileLength"/>], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantise<TLanes>(float* x, int depth, float* tile) where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = depth / Panels.Lane * Panels.Lane;
        TLanes most = default;
        for (int k = 0; k < whole; k += Panels.Lane)
        {
            most = TLanes.MaxMagnitude(most, TLanes.Load(x + k));
        }

        TLanes rest = whole < depth ? TLanes.Load(x + whole, depth - whole) : default;
        (tile[0], float factor) = Scale(TLanes.MaxMagnitude(TLanes.MaxMagnitude(most, rest)));
        var factors = TLanes.Create(factor);
        byte* bytes = (byte*)(tile + Head);
        for (int k = 0; k < whole; k += Panels.Lane)
        {
            (TLanes.Load(x + k) * factors).StoreBytes(bytes + k, Zero);
        }

        for (int k = whole; k % Line != 0 || k < depth; k += Panels.Lane)
        {
            (rest * factors).StoreBytes(bytes + k, Zero);
            rest = default;
        }
    }

    /// <summary>Rounds one column of weights.</summary>
    /// <param name="part">The panel, cleared.</param>
    /// <param name="column">0 … columns − 1</param>
    /// <param name="values">[depth]</param>
    /// <exception cref="NotSupportedException">The column is so long that a sum could leave 32 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

        (part.Scales[column], float factor) = Scale(max);
        sbyte* to = part.Bytes + (Quad * column);
        int sum = 0;
        for (int k = 0; k < values.Length; k++)
        {
            int rounded = (int)MathF.Round(values[k] * factor);
            to[((nint)(k / Quad) * Quad * part.Columns) + (k % Quad)] = (sbyte)rounded;
            sum += rounded;
        }

        part.Corrections[column] = -Zero * sum;
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
        if (typeof(TLanes) == typeof(Lanes32) || !Avx2.IsSupported)
        {
            Reference(part, (byte*)(tile + Head), sums);
        }
        else if (!AvxVnni.IsSupported)
        {
            Widened(part, (int*)(tile + Head), sums);
        }
        else if (part.Lanes == Panels.MostLanes)
        {
            Four(part, (int*)(tile + Head), sums);
        }
        else
        {
            OneByOne(part, (int*)(tile + Head), sums);
        }

        var scale = TLanes.Create(tile[0]);
        for (int column = 0; column < part.Columns; column += Panels.Lane)
        {
            TLanes before = accumulate ? TLanes.Load(c + column) : default;
            TLanes.MultiplyAdd(TLanes.Load(sums + column), scale * TLanes.Load(part.Scales + column), before).Store(c + column);
        }
    }

    // The scale, and what to multiply by to round. Below the limit the factor could become infinite.
    private static (float Scale, float Factor) Scale(float max) =>
        !float.IsFinite(max) ? (float.NaN, 0) : max < Tiny.Limit ? (0, 0) : (max / Largest, Largest / max);

    // A line of weights is one word of sixteen columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(PanelPart part, int* row, float* sums)
    {
        const int Eight = Panels.Lane / 2;
        int* from = part.Corrections;
        sbyte* weights = part.Bytes;
        Vector256<int> c0 = Vector256.Load(from), c1 = Vector256.Load(from + Eight), c2 = Vector256.Load(from + (2 * Eight)), c3 = Vector256.Load(from + (3 * Eight));
        Vector256<int> c4 = Vector256.Load(from + (4 * Eight)), c5 = Vector256.Load(from + (5 * Eight)), c6 = Vector256.Load(from + (6 * Eight)), c7 = Vector256.Load(from + (7 * Eight));
        for (int* end = row + Quads(part.Depth); row < end; row++, weights += 4 * Line)
        {
            Vector256<byte> quad = Vector256.Create(*row).AsByte();
            c0 = AvxVnni.MultiplyWideningAndAdd(c0, quad, Vector256.Load(weights));
            c1 = AvxVnni.MultiplyWideningAndAdd(c1, quad, Vector256.Load(weights + Half));
            c2 = AvxVnni.MultiplyWideningAndAdd(c2, quad, Vector256.Load(weights + (2 * Half)));
            c3 = AvxVnni.MultiplyWideningAndAdd(c3, quad, Vector256.Load(weights + (3 * Half)));
            c4 = AvxVnni.MultiplyWideningAndAdd(c4, quad, Vector256.Load(weights + (4 * Half)));
            c5 = AvxVnni.MultiplyWideningAndAdd(c5, quad, Vector256.Load(weights + (5 * Half)));
            c6 = AvxVnni.MultiplyWideningAndAdd(c6, quad, Vector256.Load(weights + (6 * Half)));
            c7 = AvxVnni.MultiplyWideningAndAdd(c7, quad, Vector256.Load(weights + (7 * Half)));
        }

        Store(c0, c1, sums);
        Store(c2, c3, sums + Panels.Lane);
        Store(c4, c5, sums + (2 * Panels.Lane));
        Store(c6, c7, sums + (3 * Panels.Lane));
    }

    // Even and odd words apart, so that an instruction need not wait for the one before it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(PanelPart part, int* row, float* sums)
    {
        int quads = Quads(part.Depth), stride = part.Lanes * Line;
        for (int lane = 0; lane < part.Lanes; lane++)
        {
            sbyte* weights = part.Bytes + (lane * Line);
            int* from = part.Corrections + (lane * Panels.Lane);
            Vector256<int> even0 = Vector256.Load(from), even1 = Vector256.Load(from + (Panels.Lane / 2)), odd0 = default, odd1 = default;
            int at = 0;
            for (; at + 1 < quads; at += 2, weights += 2 * (nint)stride)
            {
                Vector256<byte> even = Vector256.Create(row[at]).AsByte(), odd = Vector256.Create(row[at + 1]).AsByte();
                even0 = AvxVnni.MultiplyWideningAndAdd(even0, even, Vector256.Load(weights));
                even1 = AvxVnni.MultiplyWideningAndAdd(even1, even, Vector256.Load(weights + Half));
                odd0 = AvxVnni.MultiplyWideningAndAdd(odd0, odd, Vector256.Load(weights + stride));
                odd1 = AvxVnni.MultiplyWideningAndAdd(odd1, odd, Vector256.Load(weights + stride + Half));
            }

            if (at < quads)
            {
                Vector256<byte> last = Vector256.Create(row[at]).AsByte();
                even0 = AvxVnni.MultiplyWideningAndAdd(even0, last, Vector256.Load(weights));
                even1 = AvxVnni.MultiplyWideningAndAdd(even1, last, Vector256.Load(weights + Half));
            }

            Store(even0 + odd0, even1 + odd1, sums + (lane * Panels.Lane));
        }
    }

    // Four columns to a register: each column has two sums, of the first and of the second pair of a word.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widened(PanelPart part, int* row, float* sums)
    {
        const int Quarter = Line / 4;
        int quads = Quads(part.Depth);
        for (int lane = 0; lane < part.Lanes; lane++)
        {
            sbyte* weights = part.Bytes + (lane * Line);
            Vector256<int> c0 = default, c1 = default, c2 = default, c3 = default;
            for (int at = 0; at < quads; at++, weights += (nint)part.Lanes * Line)
            {
                Vector256<short> quad = Avx2.ConvertToVector256Int16(Vector128.Create(row[at]).AsByte());
                c0 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights)), quad);
                c1 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + Quarter)), quad);
                c2 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + (2 * Quarter))), quad);
                c3 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + (3 * Quarter))), quad);
            }

            int* from = part.Corrections + (lane * Panels.Lane);
            Store(Vector256.Load(from) + Joined(c0, c1), Vector256.Load(from + (Panels.Lane / 2)) + Joined(c2, c3), sums + (lane * Panels.Lane));
        }
    }

    // The sums of eight columns; the instruction leaves them in the order 0 1 4 5 2 3 6 7.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Joined(Vector256<int> low, Vector256<int> high) => Avx2.Permute4x64(Avx2.HorizontalAdd(low, high).AsInt64(), 0b11_01_10_00).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> low, Vector256<int> high, float* sums)
    {
        Avx.ConvertToVector256Single(low).Store(sums);
        Avx.ConvertToVector256Single(high).Store(sums + (Panels.Lane / 2));
    }

    private static void Reference(PanelPart part, byte* row, float* sums)
    {
        for (int column = 0; column < part.Columns; column++)
        {
            int sum = part.Corrections[column];
            for (int k = 0; k < part.Depth; k++)
            {
                sum += row[k] * part.Bytes[((((nint)(k / Quad) * part.Columns) + column) * Quad) + (k % Quad)];
            }

            sums[column] = sum;
        }
    }
}
