using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// How rows and the columns of panels become int8: rounded to −127 … 127, each by a scale of its own. <see cref="ByteProduct"/> multiplies them.
/// </summary>
/// <remarks>
/// The instruction for dot products of bytes (<c>vpdpbusd</c>: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2) takes unsigned times signed bytes. So
/// rows are held plus 128, and a sum starts at the correction of its column, −128 times the sum of its weights.
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

    private const int Line = 64;

    /// <summary>Words of depth: rounded up to whole ones.</summary>
    public static int Quads(int depth) => (depth + Quad - 1) / Quad;

    /// <summary>Words of one rounded row.</summary>
    public static int TileLength(int depth) => Head + Panels.Padded(Quads(depth));

    /// <summary>Rounds a row for a product with int8 weights: its scale, then on the next cache line 128 + x / scale to nearest even, filled up with zeros to a whole line.</summary>
    /// <param name="x">[depth]; a row that is not finite gets the scale NaN, one below <see cref="Tiny.Limit"/> counts as zero.</param>
    /// <param name="depth">K</param>
    /// <param name="tile">[<see cref="TileLength"/>], written.</param>
    public static void Quantise<TLanes>(float* x, int depth, float* tile) where TLanes : unmanaged, ILanes<TLanes> => Round<TLanes>(x, depth, tile, Zero);

    /// <summary>Rounds a row for a product with int4 weights: as <see cref="Quantise"/> without the 128, and in word 1 where each sum starts, −128 times the sum of the row.</summary>
    /// <param name="x">[depth]</param>
    /// <param name="depth">K</param>
    /// <param name="tile">[<see cref="TileLength"/>], written.</param>
    public static void QuantiseSigned<TLanes>(float* x, int depth, float* tile) where TLanes : unmanaged, ILanes<TLanes>
    {
        Round<TLanes>(x, depth, tile, 0);
        ((int*)tile)[1] = -NibbleColumn.ScaledZero * Sum((sbyte*)(tile + Head), (depth + Line - 1) / Line * Line);
    }

    // A row of −128 … 127 has the bytes of its whole numbers plus zero.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round<TLanes>(float* x, int depth, float* tile, int zero) where TLanes : unmanaged, ILanes<TLanes>
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
            (TLanes.Load(x + k) * factors).StoreBytes(bytes + k, zero);
        }

        for (int k = whole; k % Line != 0 || k < depth; k += Panels.Lane)
        {
            (rest * factors).StoreBytes(bytes + k, zero);
            rest = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Sum(sbyte* values, int count)
    {
        Vector128<int> sums = default;
        for (int at = 0; at < count; at += Vector128<sbyte>.Count)
        {
            (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load(values + at));
            (Vector128<int> first, Vector128<int> second) = Vector128.Widen(low + high);
            sums += first + second;
        }

        return Vector128.Sum(sums);
    }

    /// <summary>Rounds one column of weights.</summary>
    /// <param name="part">The panel, cleared.</param>
    /// <param name="column">0 … columns − 1</param>
    /// <param name="values">[depth]</param>
    /// <exception cref="NotSupportedException">The column is so long that a sum could leave 32 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SetColumn(PanelPart part, int column, ReadOnlySpan<float> values)
    {
        ThrowIfTooDeep(values.Length);
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

    /// <summary>Refuses a column so long that a sum could leave 32 bits.</summary>
    public static void ThrowIfTooDeep(int depth)
    {
        if (depth > MostDepth)
        {
            throw new NotSupportedException($"a matrix with {depth} columns is too wide for int8 and int4, expected at most {MostDepth}; use another precision");
        }
    }

    // The scale, and what to multiply by to round. Below the limit the factor could become infinite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Scale, float Factor) Scale(float max) =>
        !float.IsFinite(max) ? (float.NaN, 0) : max < Tiny.Limit ? (0, 0) : (max / Largest, Largest / max);
}
