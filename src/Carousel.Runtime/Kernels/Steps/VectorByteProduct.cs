using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// Products in int8, of int8 or int4 weights, by the instructions that .NET offers: 256-bit dot products of bytes (AVX-VNNI), or pairs of 16-bit numbers where the processor
/// has none, or one number at a time, which is the reference.
/// </summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
internal sealed unsafe class VectorByteProduct<TLanes> : ByteProduct where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Lane = Panels.Lane, HalfLane = Lane / 2;

    // Bytes: a line holds one word of each of sixteen columns.
    private const int Line = 64, HalfLine = Line / 2, QuarterLine = Line / 4;

    /// <inheritdoc/>
    public override void Multiply(in ByteRun run)
    {
        for (int panel = 0; panel < run.Count; panel++)
        {
            float* before = run.Before + (panel * run.BeforeStride), c = run.C + ((nint)panel * run.Part.Columns);
            Multiply(run.Part.Next(panel * run.Stride), run.Tile, before, c);
        }
    }

    private static void Multiply(PanelPart part, float* tile, float* before, float* c)
    {
        if (part.Format == PanelFormat.Nibbles)
        {
            VectorNibbleProduct<TLanes>.Multiply(part, tile, before, c);
        }
        else if (typeof(TLanes) == typeof(Lanes32) || !Avx2.IsSupported)
        {
            Reference(part, tile, before, c);
        }
        else if (!AvxVnni.IsSupported)
        {
            Widened(part, tile, before, c);
        }
        else if (part.Lanes == Panels.MostLanes)
        {
            Four(part, tile, before, c);
        }
        else
        {
            OneByOne(part, tile, before, c);
        }
    }

    /// <inheritdoc/>
    public override void MultiplyRows(PanelPart part, float* tiles, int rows, float* before, nint beforeStride, float* c, nint cStride)
    {
        bool hasTiles = typeof(TLanes) != typeof(Lanes32) && AvxVnni.IsSupported;
        nint tileLength = ByteRow.TileLength(part.Depth);
        for (int row = 0; row < rows;)
        {
            float* from = tiles + (row * tileLength), start = before + (row * beforeStride), to = c + (row * cStride);
            int height = Math.Min(ByteTile<TLanes>.MostRows, rows - row);
            if (hasTiles && height >= ByteTile<TLanes>.FewestRows)
            {
                ByteTile<TLanes>.Multiply(part, from, height, start, beforeStride, to, cStride);
                row += height;
            }
            else
            {
                Multiply(part, from, start, to);
                row++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(PanelPart part, float* tile, float* before, float* c)
    {
        int* from = part.Corrections, row = (int*)(tile + ByteRow.Head);
        sbyte* weights = part.Bytes;
        Vector256<int> c0 = Vector256.Load(from), c1 = Vector256.Load(from + HalfLane), c2 = Vector256.Load(from + Lane), c3 = Vector256.Load(from + (3 * HalfLane));
        from += 2 * Lane;
        Vector256<int> c4 = Vector256.Load(from), c5 = Vector256.Load(from + HalfLane), c6 = Vector256.Load(from + Lane), c7 = Vector256.Load(from + (3 * HalfLane));
        for (int* end = row + ByteRow.Quads(part.Depth); row < end; row++, weights += 4 * Line)
        {
            Vector256<byte> quad = Vector256.Create(*row).AsByte();
            c0 = AvxVnni.MultiplyWideningAndAdd(c0, quad, Vector256.Load(weights));
            c1 = AvxVnni.MultiplyWideningAndAdd(c1, quad, Vector256.Load(weights + HalfLine));
            c2 = AvxVnni.MultiplyWideningAndAdd(c2, quad, Vector256.Load(weights + (2 * HalfLine)));
            c3 = AvxVnni.MultiplyWideningAndAdd(c3, quad, Vector256.Load(weights + (3 * HalfLine)));
            c4 = AvxVnni.MultiplyWideningAndAdd(c4, quad, Vector256.Load(weights + (4 * HalfLine)));
            c5 = AvxVnni.MultiplyWideningAndAdd(c5, quad, Vector256.Load(weights + (5 * HalfLine)));
            c6 = AvxVnni.MultiplyWideningAndAdd(c6, quad, Vector256.Load(weights + (6 * HalfLine)));
            c7 = AvxVnni.MultiplyWideningAndAdd(c7, quad, Vector256.Load(weights + (7 * HalfLine)));
        }

        Finish(part, 0, tile, c0, c1, before, c);
        Finish(part, Lane, tile, c2, c3, before, c);
        Finish(part, 2 * Lane, tile, c4, c5, before, c);
        Finish(part, 3 * Lane, tile, c6, c7, before, c);
    }

    // Even and odd words apart, so that an instruction need not wait for the one before it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(PanelPart part, float* tile, float* before, float* c)
    {
        int* row = (int*)(tile + ByteRow.Head);
        int quads = ByteRow.Quads(part.Depth);
        nint stride = part.Lanes * Line;
        for (int column = 0; column < part.Columns; column += Lane)
        {
            sbyte* weights = part.Bytes + (column * ByteRow.Quad);
            int* from = part.Corrections + column;
            Vector256<int> even0 = Vector256.Load(from), even1 = Vector256.Load(from + HalfLane), odd0 = default, odd1 = default;
            int at = 0;
            for (; at + 1 < quads; at += 2, weights += 2 * stride)
            {
                Vector256<byte> even = Vector256.Create(row[at]).AsByte(), odd = Vector256.Create(row[at + 1]).AsByte();
                even0 = AvxVnni.MultiplyWideningAndAdd(even0, even, Vector256.Load(weights));
                even1 = AvxVnni.MultiplyWideningAndAdd(even1, even, Vector256.Load(weights + HalfLine));
                odd0 = AvxVnni.MultiplyWideningAndAdd(odd0, odd, Vector256.Load(weights + stride));
                odd1 = AvxVnni.MultiplyWideningAndAdd(odd1, odd, Vector256.Load(weights + stride + HalfLine));
            }

            if (at < quads)
            {
                Vector256<byte> last = Vector256.Create(row[at]).AsByte();
                even0 = AvxVnni.MultiplyWideningAndAdd(even0, last, Vector256.Load(weights));
                even1 = AvxVnni.MultiplyWideningAndAdd(even1, last, Vector256.Load(weights + HalfLine));
            }

            Finish(part, column, tile, even0 + odd0, even1 + odd1, before, c);
        }
    }

    // Four columns to a register: each has two sums, of the first and of the second pair of a word.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widened(PanelPart part, float* tile, float* before, float* c)
    {
        int* row = (int*)(tile + ByteRow.Head);
        int quads = ByteRow.Quads(part.Depth);
        for (int column = 0; column < part.Columns; column += Lane)
        {
            sbyte* weights = part.Bytes + (column * ByteRow.Quad);
            Vector256<int> c0 = default, c1 = default, c2 = default, c3 = default;
            for (int at = 0; at < quads; at++, weights += (nint)part.Lanes * Line)
            {
                Vector256<short> quad = Avx2.ConvertToVector256Int16(Vector128.Create(row[at]).AsByte());
                c0 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights)), quad);
                c1 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + QuarterLine)), quad);
                c2 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + (2 * QuarterLine))), quad);
                c3 += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(weights + (3 * QuarterLine))), quad);
            }

            int* from = part.Corrections + column;
            Finish(part, column, tile, Vector256.Load(from) + Joined(c0, c1), Vector256.Load(from + HalfLane) + Joined(c2, c3), before, c);
        }
    }

    private static void Reference(PanelPart part, float* tile, float* before, float* c)
    {
        byte* row = (byte*)(tile + ByteRow.Head);
        int* sums = stackalloc int[Lane];
        for (int column = 0; column < part.Columns; column += Lane)
        {
            for (int lane = 0; lane < Lane; lane++)
            {
                int sum = part.Corrections[column + lane];
                for (int k = 0; k < part.Depth; k++)
                {
                    sum += row[k] * part.Bytes[((((nint)(k / ByteRow.Quad) * part.Columns) + column + lane) * ByteRow.Quad) + (k % ByteRow.Quad)];
                }

                sums[lane] = sum;
            }

            Finish(part, column, tile, Vector256.Load(sums), Vector256.Load(sums + HalfLane), before, c);
        }
    }

    /// <summary>The sums of eight columns, each given as two beside each other; the instruction leaves them in the order 0 1 4 5 2 3 6 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Joined(Vector256<int> low, Vector256<int> high) => Avx2.Permute4x64(Avx2.HorizontalAdd(low, high).AsInt64(), 0b11_01_10_00).AsInt32();

    /// <summary>c = fma(sum, s_a · s_P, before) for sixteen columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(PanelPart part, int column, float* tile, Vector256<int> low, Vector256<int> high, float* before, float* c) =>
        TLanes.MultiplyAdd(TLanes.Convert(low, high), TLanes.Broadcast(tile) * TLanes.Load(part.Scales + column), TLanes.Load(before + column)).Store(c + column);
}
