using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for one row times one panel in int8 with <c>vpdpbusd</c> (AVX512-VNNI), which adds four products of an unsigned and a signed byte to each of sixteen
/// int32 sums.
/// </summary>
/// <remarks>
/// <para>Panels hold two consecutive k of a column beside each other, the instruction takes four: two rows of the panel are interleaved word by word. In 512-bit registers
/// that happens within each quarter, so sums come out in a permuted order, which is put right once at the end.</para>
/// <para>Weights become unsigned by flipping their highest bit, which adds 128 to each; the row carries the correction −128 · Σ a, from which the sums start.</para>
/// <para>Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VPDPBUSD.</para>
/// </remarks>
internal static class BytePanelEmitter
{
    /// <summary>Most lane groups of a panel.</summary>
    public const int MostLanes = 4;

    private const int Line = 64, HalfLine = Line / 2;

    // Integer registers, none of which a caller expects to find unchanged, on Linux or Windows: the argument, its fields, and a constant before there are pairs.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 Scales = rax, Row = rdx, Weights = r8, Pairs = r9, C = r10, Quads = r11;
    private static readonly AssemblerRegister32 HighestBits = r9d;

    // Vector registers: zmm16 and above, for the same reason; they need no vzeroupper either. The sums of even and odd quads are apart, so that no instruction waits
    // for the one before it.
    private static readonly AssemblerRegisterZMM[] Even = [zmm16, zmm17, zmm18, zmm19], Odd = [zmm20, zmm21, zmm22, zmm23];
    private static readonly AssemblerRegisterZMM Flip = zmm24, Quad = zmm25, Interleave = zmm31;
    private static readonly AssemblerRegisterZMM[] First = [zmm26, zmm29], Second = [zmm27, zmm30], Low = [zmm28, zmm31];
    private static readonly AssemblerRegisterYMM[] HalfOfFirst = [ymm26, ymm29];

    // After the loop.
    private static readonly AssemblerRegisterZMM RowScale = zmm24, Factor = zmm25, Order = zmm28, Upper = zmm29;
    private static readonly AssemblerRegisterZMM[] Before = [zmm26, zmm27, zmm28, zmm29];

    /// <summary>The name of a kernel.</summary>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="MostLanes"/>.</param>
    public static string Name(int lanes) => $"byte-panel-{16 * lanes}";

    /// <summary>Assembles the product for panels of one width: void (<see cref="BytePanelCall"/>*).</summary>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="MostLanes"/>.</param>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] Emit(int lanes)
    {
        var assembler = new Assembler(bitness: 64);
        Label loop = assembler.CreateLabel(), last = assembler.CreateLabel(), end = assembler.CreateLabel();
        Label words = assembler.CreateLabel(), lower = assembler.CreateLabel(), upper = assembler.CreateLabel();
        int quadBytes = Line * lanes;

        LoadArguments(assembler, lanes);
        if (lanes % 2 == 1)
        {
            assembler.vmovdqu16(Interleave, __zmmword_ptr[words]);
        }

        assembler.test(Pairs, Pairs);
        assembler.jz(last);
        assembler.Label(ref loop);
        MultiplyQuad(assembler, lanes, Even, 0);
        MultiplyQuad(assembler, lanes, Odd, 1);
        assembler.add(Weights, 2 * quadBytes);
        assembler.add(Row, 2 * sizeof(int));
        assembler.dec(Pairs);
        assembler.jnz(loop);

        assembler.Label(ref last);
        assembler.test(Quads, 1);
        assembler.jz(end);
        MultiplyQuad(assembler, lanes, Even, 0);

        assembler.Label(ref end);
        Sort(assembler, lanes, lower, upper);
        ScaleAndStore(assembler, lanes);
        assembler.ret();

        // Lane l of the sorted result comes from lane lower[l] or upper[l] of the two halves of a sum.
        Table(assembler, ref words, [.. Enumerable.Range(0, 32).Select(at => (short)((at / 2) + (at % 2 * 16)))]);
        Table(assembler, ref lower, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]);
        Table(assembler, ref upper, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);

        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // The rows stand at their first quad and the sums of even quads at the correction.
    private static void LoadArguments(Assembler assembler, int lanes)
    {
        assembler.mov(Scales, __[Call + BytePanelCall.PanelOffset]);
        assembler.lea(Weights, __[Scales + (Line * lanes)]);
        assembler.mov(Row, __[Call + BytePanelCall.TileOffset]);
        assembler.vpbroadcastd(Even[0], __dword_ptr[Row + sizeof(float)]);
        assembler.add(Row, Line);
        for (int lane = 0; lane < lanes; lane++)
        {
            if (lane > 0)
            {
                assembler.vmovdqa32(Even[lane], Even[0]);
            }

            assembler.vpxord(Odd[lane], Odd[lane], Odd[lane]);
        }

        assembler.mov(HighestBits, 0x80808080);
        assembler.vpbroadcastd(Flip, HighestBits);
        assembler.mov(Quads, __[Call + BytePanelCall.QuadsOffset]);
        assembler.mov(Pairs, Quads);
        assembler.shr(Pairs, 1);
    }

    // Two rows of the panel, and four bytes of the row for every lane. Row and Weights stand at an even quad.
    private static void MultiplyQuad(Assembler assembler, int lanes, AssemblerRegisterZMM[] sums, int quad)
    {
        int first = quad * Line * lanes, second = first + (HalfLine * lanes);
        assembler.vpbroadcastd(Quad, __dword_ptr[Row + (quad * sizeof(int))]);
        for (int group = 0; group < lanes / 2; group++)
        {
            assembler.vpxord(First[group], Flip, __zmmword_ptr[Weights + (first + (group * Line))]);
            assembler.vpxord(Second[group], Flip, __zmmword_ptr[Weights + (second + (group * Line))]);
            assembler.vpunpcklwd(Low[group], First[group], Second[group]);
            assembler.vpunpckhwd(First[group], First[group], Second[group]);
            assembler.vpdpbusd(sums[2 * group], Low[group], Quad);
            assembler.vpdpbusd(sums[(2 * group) + 1], First[group], Quad);
        }

        if (lanes % 2 == 1)
        {
            // Half a line of each row, side by side, interleaved into the order of the columns.
            int group = lanes / 2;
            assembler.vmovdqu32(HalfOfFirst[group], __ymmword_ptr[Weights + (first + (group * Line))]);
            assembler.vinserti64x4(First[group], First[group], __ymmword_ptr[Weights + (second + (group * Line))], 1);
            assembler.vpxord(First[group], First[group], Flip);
            assembler.vpermw(First[group], Interleave, First[group]);
            assembler.vpdpbusd(sums[lanes - 1], First[group], Quad);
        }
    }

    // Adds the two sets of sums and puts the columns of whole lines in order.
    private static void Sort(Assembler assembler, int lanes, Label lower, Label upper)
    {
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vpaddd(Even[lane], Even[lane], Odd[lane]);
        }

        for (int lane = 0; lane + 1 < lanes; lane += 2)
        {
            assembler.vmovdqu32(Order, __zmmword_ptr[lower]);
            assembler.vmovdqu32(Upper, __zmmword_ptr[upper]);
            assembler.vpermi2d(Order, Even[lane], Even[lane + 1]);
            assembler.vpermi2d(Upper, Even[lane], Even[lane + 1]);
            assembler.vmovdqa32(Even[lane], Order);
            assembler.vmovdqa32(Even[lane + 1], Upper);
        }
    }

    // c = fma(sum, row scale · column scale, c or 0), as the interpreter rounds it.
    private static void ScaleAndStore(Assembler assembler, int lanes)
    {
        assembler.mov(C, __[Call + BytePanelCall.COffset]);
        assembler.mov(Row, __[Call + BytePanelCall.TileOffset]);
        assembler.vbroadcastss(RowScale, __dword_ptr[Row]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vcvtdq2ps(Even[lane], Even[lane]);
            assembler.vpxord(Before[lane], Before[lane], Before[lane]);
        }

        // Not a masked load: that would wait until what was just stored there has left the store queue.
        Label scale = assembler.CreateLabel();
        assembler.cmp(__dword_ptr[Call + BytePanelCall.AccumulateOffset], 0);
        assembler.je(scale);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmovups(Before[lane], __zmmword_ptr[C + (lane * Line)]);
        }

        assembler.Label(ref scale);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmulps(Factor, RowScale, __zmmword_ptr[Scales + (lane * Line)]);
            assembler.vfmadd213ps(Even[lane], Factor, Before[lane]);
            assembler.vmovups(__zmmword_ptr[C + (lane * Line)], Even[lane]);
        }
    }

    private static void Table<T>(Assembler assembler, ref Label label, T[] values) where T : unmanaged
    {
        assembler.Label(ref label);
        assembler.db(MemoryMarshal.AsBytes<T>(values).ToArray());
    }
}
