using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>One row times one panel of int4 weights by the instructions that .NET offers: the ways of <see cref="VectorByteProduct{TLanes}"/>.</summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
internal static unsafe class VectorNibbleProduct<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Lane = Panels.Lane;

    // Bytes: a line holds one word of each of sixteen columns.
    private const int Line = 64, HalfLine = Line / 2, QuarterLine = Line / 4;

    /// <summary>Multiplies.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tile">The row, as <see cref="ByteRow.QuantiseSigned"/> left it.</param>
    /// <param name="before">[columns], may be c.</param>
    /// <param name="c">[columns], written.</param>
    public static void Multiply(PanelPart part, float* tile, float* before, float* c)
    {
        for (int column = 0; column < part.Columns; column += Lane)
        {
            if (typeof(TLanes) == typeof(Lanes32) || !Avx2.IsSupported)
            {
                Reference(part, column, tile, before, c);
            }
            else if (!AvxVnni.IsSupported)
            {
                Widened(part, column, tile, before, c);
            }
            else if (column + Lane < part.Columns)
            {
                Two(part, column, tile, before, c);
                column += Lane;
            }
            else
            {
                One(part, column, tile, before, c);
            }
        }
    }

    // The whole bytes, which stand for the upper weights, and the lower weights have sums of their own.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(PanelPart part, int column, float* tile, float* before, float* c)
    {
        int* row = (int*)(tile + ByteRow.Head);
        byte* weights = part.Nibbles + (column * sizeof(int));
        nint stride = part.Lanes * Line;
        var mask = Vector256.Create(NibbleColumn.LowerHalf);
        var start = Vector256.Create(((int*)tile)[1]);
        Vector256<int> high0 = start, high1 = start, high2 = start, high3 = start, low0 = default, low1 = default, low2 = default, low3 = default;
        for (int* end = row + (2 * part.Words); row < end; row += 2, weights += stride)
        {
            Vector256<sbyte> lower = Vector256.Create(*row).AsSByte(), upper = Vector256.Create(row[1]).AsSByte();
            Vector256<byte> bytes0 = Vector256.Load(weights), bytes1 = Vector256.Load(weights + HalfLine);
            Vector256<byte> bytes2 = Vector256.Load(weights + Line), bytes3 = Vector256.Load(weights + Line + HalfLine);
            high0 = AvxVnni.MultiplyWideningAndAdd(high0, bytes0, upper);
            high1 = AvxVnni.MultiplyWideningAndAdd(high1, bytes1, upper);
            high2 = AvxVnni.MultiplyWideningAndAdd(high2, bytes2, upper);
            high3 = AvxVnni.MultiplyWideningAndAdd(high3, bytes3, upper);
            low0 = AvxVnni.MultiplyWideningAndAdd(low0, bytes0 & mask, lower);
            low1 = AvxVnni.MultiplyWideningAndAdd(low1, bytes1 & mask, lower);
            low2 = AvxVnni.MultiplyWideningAndAdd(low2, bytes2 & mask, lower);
            low3 = AvxVnni.MultiplyWideningAndAdd(low3, bytes3 & mask, lower);
        }

        VectorByteProduct<TLanes>.Finish(part, column, tile, Joined(low0, high0), Joined(low1, high1), before, c);
        VectorByteProduct<TLanes>.Finish(part, column + Lane, tile, Joined(low2, high2), Joined(low3, high3), before, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(PanelPart part, int column, float* tile, float* before, float* c)
    {
        int* row = (int*)(tile + ByteRow.Head);
        byte* weights = part.Nibbles + (column * sizeof(int));
        nint stride = part.Lanes * Line;
        var mask = Vector256.Create(NibbleColumn.LowerHalf);
        Vector256<int> high0 = Vector256.Create(((int*)tile)[1]), high1 = high0, low0 = default, low1 = default;
        for (int* end = row + (2 * part.Words); row < end; row += 2, weights += stride)
        {
            Vector256<sbyte> lower = Vector256.Create(*row).AsSByte(), upper = Vector256.Create(row[1]).AsSByte();
            Vector256<byte> bytes0 = Vector256.Load(weights), bytes1 = Vector256.Load(weights + HalfLine);
            high0 = AvxVnni.MultiplyWideningAndAdd(high0, bytes0, upper);
            high1 = AvxVnni.MultiplyWideningAndAdd(high1, bytes1, upper);
            low0 = AvxVnni.MultiplyWideningAndAdd(low0, bytes0 & mask, lower);
            low1 = AvxVnni.MultiplyWideningAndAdd(low1, bytes1 & mask, lower);
        }

        VectorByteProduct<TLanes>.Finish(part, column, tile, Joined(low0, high0), Joined(low1, high1), before, c);
    }

    // Sixteen-bit numbers have room for the scaling, so one sum takes both.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widened(PanelPart part, int column, float* tile, float* before, float* c)
    {
        int* row = (int*)(tile + ByteRow.Head);
        byte* weights = part.Nibbles + (column * sizeof(int));
        Vector256<int> c0 = default, c1 = default, c2 = default, c3 = default;
        for (int* end = row + (2 * part.Words); row < end; row += 2, weights += (nint)part.Lanes * Line)
        {
            Vector256<short> lower = Avx2.ConvertToVector256Int16(Vector128.Create(*row).AsSByte()) * NibbleColumn.Scaling;
            Vector256<short> upper = Avx2.ConvertToVector256Int16(Vector128.Create(row[1]).AsSByte());
            c0 += Four(weights, lower, upper);
            c1 += Four(weights + QuarterLine, lower, upper);
            c2 += Four(weights + (2 * QuarterLine), lower, upper);
            c3 += Four(weights + (3 * QuarterLine), lower, upper);
        }

        var start = Vector256.Create(((int*)tile)[1]);
        VectorByteProduct<TLanes>.Finish(
            part, column, tile, start + VectorByteProduct<TLanes>.Joined(c0, c1), start + VectorByteProduct<TLanes>.Joined(c2, c3), before, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Four(byte* weights, Vector256<short> lower, Vector256<short> upper)
    {
        Vector256<short> bytes = Avx2.ConvertToVector256Int16(Vector128.Load(weights));
        return Avx2.MultiplyAddAdjacent(bytes & Vector256.Create((short)NibbleColumn.LowerHalf), lower) + Avx2.MultiplyAddAdjacent(bytes, upper);
    }

    private static void Reference(PanelPart part, int column, float* tile, float* before, float* c)
    {
        int* sums = stackalloc int[Lane];
        sbyte* row = (sbyte*)(tile + ByteRow.Head);
        for (int lane = 0; lane < Lane; lane++)
        {
            int sum = ((int*)tile)[1];
            for (int word = 0; word < part.Words; word++)
            {
                byte* bytes = part.Nibbles + ((((nint)word * part.Columns) + column + lane) * sizeof(int));
                for (int at = 0; at < sizeof(int); at++)
                {
                    sbyte* pair = row + (word * NibbleColumn.Octet) + at;
                    sum += ((bytes[at] & NibbleColumn.LowerHalf) * NibbleColumn.Scaling * pair[0]) + (bytes[at] * pair[sizeof(int)]);
                }
            }

            sums[lane] = sum;
        }

        VectorByteProduct<TLanes>.Finish(part, column, tile, Vector256.Load(sums), Vector256.Load(sums + (Lane / 2)), before, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Joined(Vector256<int> low, Vector256<int> high) => Vector256.ShiftLeft(low, 4) + high;
}
