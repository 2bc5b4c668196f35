using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for rows times panels in int8 with <c>vpdpbusd</c> (AVX512-VNNI), which adds four products of an unsigned and a signed byte to each of sixteen
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
    private static readonly AssemblerRegister64 Panel = rax, Row = rdx, Weights = r8, Rounds = r9, Quads = r10, Factors = r11;

    // Vector registers: zmm16 and above, for the same reason; they need no vzeroupper either.
    private static readonly AssemblerRegisterZMM[] Sums = [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23], Totals = [zmm24, zmm25, zmm26, zmm27], Words = [zmm28, zmm29, zmm30, zmm31];

    // After the loop.
    private static readonly AssemblerRegisterZMM RowScale = zmm28, Factor = zmm29;

    /// <summary>The name of a kernel.</summary>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="MostLanes"/>.</param>
    public static string Name(int lanes) => $"byte-panel-{16 * lanes}";

    /// <summary>Assembles the product for panels of one width: void (<see cref="BytePanelCall"/>*).</summary>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="MostLanes"/>.</param>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] Emit(int lanes)
    {
        // Consecutive quads go to sums of their own, so that no instruction waits for the one before it.
        int sets = lanes <= 2 ? 4 : 2, bytes = Line * lanes;
        var assembler = new Assembler(bitness: 64);
        Label panel = assembler.CreateLabel(), product = assembler.CreateLabel(), loop = assembler.CreateLabel(), rest = assembler.CreateLabel(), last = assembler.CreateLabel(), end = assembler.CreateLabel();

        assembler.Label(ref panel);
        assembler.mov(Row, __[Call + BytePanelCall.BeforeOffset]);
        assembler.lea(Factors, __[Call + BytePanelCall.FirstOffset]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmovups(Totals[lane], __zmmword_ptr[Row + (lane * Line)]);
        }

        assembler.add(Row, __[Call + BytePanelCall.BeforeStrideOffset]);
        assembler.mov(__[Call + BytePanelCall.BeforeOffset], Row);

        // The same instructions read all weights, one stream: processors that look ahead do so instruction by instruction.
        assembler.Label(ref product);
        LoadFactors(assembler, lanes, sets);
        assembler.mov(Rounds, Quads);
        assembler.shr(Rounds, (byte)(sets / 2));
        assembler.jz(rest);
        assembler.Label(ref loop);
        for (int set = 0; set < sets; set++)
        {
            MultiplyQuad(assembler, lanes, set);
        }

        assembler.add(Weights, sets * bytes);
        assembler.add(Row, sets * sizeof(int));
        assembler.dec(Rounds);
        assembler.jnz(loop);

        assembler.Label(ref rest);
        assembler.and(Quads, sets - 1);
        assembler.jz(end);
        assembler.Label(ref last);
        MultiplyQuad(assembler, lanes, 0);
        assembler.add(Weights, bytes);
        assembler.add(Row, sizeof(int));
        assembler.dec(Quads);
        assembler.jnz(last);

        assembler.Label(ref end);
        AddScaled(assembler, lanes, sets);
        assembler.add(Panel, __[Call + BytePanelCall.StrideOffset]);
        assembler.mov(__[Factors + BytePanelFactors.PanelOffset], Panel);
        assembler.add(Factors, BytePanelFactors.Size);
        assembler.cmp(Factors, __[Call + BytePanelCall.EndOffset]);
        assembler.jb(product);

        assembler.mov(Row, __[Call + BytePanelCall.COffset]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmovups(__zmmword_ptr[Row + (lane * Line)], Totals[lane]);
        }

        assembler.add(Row, bytes);
        assembler.mov(__[Call + BytePanelCall.COffset], Row);
        assembler.dec(__qword_ptr[Call + BytePanelCall.PanelsOffset]);
        assembler.jnz(panel);
        assembler.ret();
        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // The row and the weights at their first quad, the first sums at the corrections.
    private static void LoadFactors(Assembler assembler, int lanes, int sets)
    {
        assembler.mov(Panel, __[Factors + BytePanelFactors.PanelOffset]);
        assembler.mov(Row, __[Factors + BytePanelFactors.TileOffset]);
        assembler.mov(Quads, __[Factors + BytePanelFactors.QuadsOffset]);
        assembler.lea(Weights, __[Panel + (2 * Line * lanes)]);
        assembler.add(Row, Line);
        for (int sum = 0; sum < sets * lanes; sum++)
        {
            if (sum < lanes)
            {
                assembler.vmovdqu32(Sums[sum], __zmmword_ptr[Panel + (Line * (lanes + sum))]);
            }
            else
            {
                assembler.vpxord(Sums[sum], Sums[sum], Sums[sum]);
            }
        }
    }

    private static void MultiplyQuad(Assembler assembler, int lanes, int set)
    {
        assembler.vpbroadcastd(Words[set], __dword_ptr[Row + (set * sizeof(int))]);
        for (int lane = 0; lane < lanes; lane++)
        {
            int at = (set * lanes) + lane;
            assembler.vpdpbusd(Sums[at], Words[set], __zmmword_ptr[Weights + (Line * at)]);
        }
    }

    // total = fma(sum, row scale · column scale, total), as the interpreter rounds it.
    private static void AddScaled(Assembler assembler, int lanes, int sets)
    {
        assembler.mov(Row, __[Factors + BytePanelFactors.TileOffset]);
        assembler.vbroadcastss(RowScale, __dword_ptr[Row]);
        for (int lane = 0; lane < lanes; lane++)
        {
            for (int half = sets / 2; half > 0; half /= 2)
            {
                for (int set = 0; set < half; set++)
                {
                    int at = (set * lanes) + lane;
                    assembler.vpaddd(Sums[at], Sums[at], Sums[at + (half * lanes)]);
                }
            }

            assembler.vcvtdq2ps(Sums[lane], Sums[lane]);
            assembler.vmulps(Factor, RowScale, __zmmword_ptr[Panel + (lane * Line)]);
            assembler.vfmadd231ps(Totals[lane], Sums[lane], Factor);
        }
    }
}
