using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// A few rows times one lane group of a panel in int8, by 256-bit dot products of bytes (AVX-VNNI): the twelve sums of six rows stay in registers while each line of weights
/// is read once. The bits are those of each row by itself.
/// </summary>
internal static unsafe class ByteTile<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Rows whose sums fit into the registers.</summary>
    public const int MostRows = 6;

    /// <summary>Fewer rows take as long as <see cref="MostRows"/>, so that these few are quicker one by one.</summary>
    public const int FewestRows = 3;

    private const int Lane = Panels.Lane, HalfLane = Lane / 2, HalfLine = HalfLane * ByteRow.Quad;

    /// <summary>Multiplies.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tiles">The rows, each as <see cref="ByteRow.Quantise"/> left it, <see cref="ByteRow.TileLength"/> apart.</param>
    /// <param name="rows"><see cref="FewestRows"/> … <see cref="MostRows"/></param>
    /// <param name="before">[rows, columns], may be c.</param>
    /// <param name="beforeStride">Elements from one row of that to the next.</param>
    /// <param name="c">[rows, columns], written.</param>
    /// <param name="cStride">Elements from one row of c to the next.</param>
    public static void Multiply(PanelPart part, float* tiles, int rows, float* before, nint beforeStride, float* c, nint cStride)
    {
        for (int column = 0; column < part.Columns; column += Lane)
        {
            MultiplyLane(part, column, tiles, rows, before + column, beforeStride, c + column, cStride);
        }
    }

    // A row that is not there is read as the one before it and left out at the end.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyLane(PanelPart part, int column, float* tiles, int rows, float* before, nint beforeStride, float* c, nint cStride)
    {
        nint length = ByteRow.TileLength(part.Depth), stride = (nint)part.Columns * ByteRow.Quad;
        int* row0 = (int*)(tiles + ByteRow.Head), row1 = row0 + length, row2 = row1 + length;
        int* row3 = rows > 3 ? row2 + length : row2, row4 = rows > 4 ? row3 + length : row3, row5 = rows > 5 ? row4 + length : row4;
        Vector256<int> low = Vector256.Load(part.Corrections + column), high = Vector256.Load(part.Corrections + column + HalfLane);
        Vector256<int> low0 = low, low1 = low, low2 = low, low3 = low, low4 = low, low5 = low;
        Vector256<int> high0 = high, high1 = high, high2 = high, high3 = high, high4 = high, high5 = high;
        sbyte* weights = part.Bytes + ((nint)column * ByteRow.Quad);
        int quads = ByteRow.Quads(part.Depth);
        for (nint at = 0; at < quads; at++, weights += stride)
        {
            Vector256<sbyte> first = Vector256.Load(weights), second = Vector256.Load(weights + HalfLine);
            Vector256<byte> quad = Vector256.Create(row0[at]).AsByte();
            low0 = AvxVnni.MultiplyWideningAndAdd(low0, quad, first);
            high0 = AvxVnni.MultiplyWideningAndAdd(high0, quad, second);
            quad = Vector256.Create(row1[at]).AsByte();
            low1 = AvxVnni.MultiplyWideningAndAdd(low1, quad, first);
            high1 = AvxVnni.MultiplyWideningAndAdd(high1, quad, second);
            quad = Vector256.Create(row2[at]).AsByte();
            low2 = AvxVnni.MultiplyWideningAndAdd(low2, quad, first);
            high2 = AvxVnni.MultiplyWideningAndAdd(high2, quad, second);
            quad = Vector256.Create(row3[at]).AsByte();
            low3 = AvxVnni.MultiplyWideningAndAdd(low3, quad, first);
            high3 = AvxVnni.MultiplyWideningAndAdd(high3, quad, second);
            quad = Vector256.Create(row4[at]).AsByte();
            low4 = AvxVnni.MultiplyWideningAndAdd(low4, quad, first);
            high4 = AvxVnni.MultiplyWideningAndAdd(high4, quad, second);
            quad = Vector256.Create(row5[at]).AsByte();
            low5 = AvxVnni.MultiplyWideningAndAdd(low5, quad, first);
            high5 = AvxVnni.MultiplyWideningAndAdd(high5, quad, second);
        }

        TLanes scales = TLanes.Load(part.Scales + column);
        Finish(low0, high0, tiles, scales, before, c);
        Finish(low1, high1, tiles + length, scales, before + beforeStride, c + cStride);
        Finish(low2, high2, tiles + (2 * length), scales, before + (2 * beforeStride), c + (2 * cStride));
        if (rows > 3)
        {
            Finish(low3, high3, tiles + (3 * length), scales, before + (3 * beforeStride), c + (3 * cStride));
        }

        if (rows > 4)
        {
            Finish(low4, high4, tiles + (4 * length), scales, before + (4 * beforeStride), c + (4 * cStride));
        }

        if (rows > 5)
        {
            Finish(low5, high5, tiles + (5 * length), scales, before + (5 * beforeStride), c + (5 * cStride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Vector256<int> low, Vector256<int> high, float* tile, TLanes scales, float* before, float* c) =>
        TLanes.MultiplyAdd(TLanes.Convert(low, high), TLanes.Broadcast(tile) * scales, TLanes.Load(before)).Store(c);
}
