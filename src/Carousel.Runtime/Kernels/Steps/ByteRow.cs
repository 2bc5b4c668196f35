using System.Runtime.CompilerServices;
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

    // The scale, and what to multiply by to round. Below the limit the factor could become infinite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Scale, float Factor) Scale(float max) =>
        !float.IsFinite(max) ? (float.NaN, 0) : max < Tiny.Limit ? (0, 0) : (max / Largest, Largest / max);
}
