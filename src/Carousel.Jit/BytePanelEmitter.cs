using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for one row times one panel in int8 with <c>vpdpbusd</c> (AVX512-VNNI), which adds four products of an unsigned and a signed byte to each of sixteen
/// int32 sums: a line of weights straight from memory, and the word of the row that belongs to it in every lane.
/// </summary>
/// <remarks>Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VPDPBUSD.</remarks>
internal static class BytePanelEmitter
{
    /// <summary>Most lane groups of a panel.</summary>
    public const int MostLanes = 4;

    private const int Line = 64;

    // Integer registers, none of which a caller expects to find unchanged, on Linux or Windows: the argument, and its fields.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 Panel = rax, Row = rdx, Weights = r8, Pairs = r9, C = r10, Quads = r11;

    // Vector registers: zmm16 and above, for the same reason; they need no vzeroupper either. The sums of even and odd quads are apart, so that no instruction waits
    // for the one before it.
    private static readonly AssemblerRegisterZMM[] Even = [zmm16, zmm17, zmm18, zmm19], Odd = [zmm20, zmm21, zmm22, zmm23], Before = [zmm24, zmm25, zmm26, zmm27];
    private static readonly AssemblerRegisterZMM EvenQuad = zmm28, OddQuad = zmm29, RowScale = zmm30, Factor = zmm31;

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
        int quadBytes = Line * lanes;

        LoadArguments(assembler, lanes);
        assembler.test(Pairs, Pairs);
        assembler.jz(last);
        assembler.Label(ref loop);
        MultiplyQuad(assembler, lanes, EvenQuad, Even, 0);
        MultiplyQuad(assembler, lanes, OddQuad, Odd, 1);
        assembler.add(Weights, 2 * quadBytes);
        assembler.add(Row, 2 * sizeof(int));
        assembler.dec(Pairs);
        assembler.jnz(loop);

        assembler.Label(ref last);
        assembler.test(Quads, 1);
        assembler.jz(end);
        MultiplyQuad(assembler, lanes, EvenQuad, Even, 0);

        assembler.Label(ref end);
        ScaleAndStore(assembler, lanes);
        assembler.ret();

        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // The rows stand at their first quad and the sums of even quads at the corrections.
    private static void LoadArguments(Assembler assembler, int lanes)
    {
        assembler.mov(Panel, __[Call + BytePanelCall.PanelOffset]);
        assembler.lea(Weights, __[Panel + (2 * Line * lanes)]);
        assembler.mov(Row, __[Call + BytePanelCall.TileOffset]);
        assembler.vbroadcastss(RowScale, __dword_ptr[Row]);
        assembler.add(Row, Line);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmovdqu32(Even[lane], __zmmword_ptr[Panel + (Line * (lanes + lane))]);
            assembler.vpxord(Odd[lane], Odd[lane], Odd[lane]);
        }

        assembler.mov(Quads, __[Call + BytePanelCall.QuadsOffset]);
        assembler.mov(Pairs, Quads);
        assembler.shr(Pairs, 1);
    }

    // Row and Weights stand at an even quad.
    private static void MultiplyQuad(Assembler assembler, int lanes, AssemblerRegisterZMM word, AssemblerRegisterZMM[] sums, int quad)
    {
        assembler.vpbroadcastd(word, __dword_ptr[Row + (quad * sizeof(int))]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vpdpbusd(sums[lane], word, __zmmword_ptr[Weights + (Line * ((quad * lanes) + lane))]);
        }
    }

    // c = fma(sum, row scale · column scale, c or 0), as the interpreter rounds it.
    private static void ScaleAndStore(Assembler assembler, int lanes)
    {
        assembler.mov(C, __[Call + BytePanelCall.COffset]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vpaddd(Even[lane], Even[lane], Odd[lane]);
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
            assembler.vmulps(Factor, RowScale, __zmmword_ptr[Panel + (lane * Line)]);
            assembler.vfmadd213ps(Even[lane], Factor, Before[lane]);
            assembler.vmovups(__zmmword_ptr[C + (lane * Line)], Even[lane]);
        }
    }
}
