using Carousel.Runtime.Kernels.Steps;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for a few rows times one panel in int8 with <c>vpdpbusd</c> (AVX512-VNNI): the sums of all rows stay in registers while each line of weights is read once.
/// </summary>
/// <remarks>
/// Four rows of four lane groups: sixteen instructions for eight loads, which is as many as keep both units of the processor at work, and few enough registers that no caller,
/// on Linux or Windows, expects one of them to be unchanged. Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VPDPBUSD.
/// </remarks>
internal static class ByteTileEmitter
{
    /// <summary>Most rows of a tile.</summary>
    public const int MostRows = 4;

    private const int Line = 64;

    // How far ahead weights are fetched: a panel that is not in the first-level cache comes in while the sums of the lines before it are taken.
    private const int Ahead = 2048;

    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 Weights = rax, Row = rdx, Stride = r8, FourthRow = r9, C = r10, Count = r11, Before = r9;

    private static readonly AssemblerRegisterZMM[] Sums = [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31];
    private static readonly AssemblerRegisterZMM[] Lines = [zmm0, zmm1, zmm2, zmm3], Quads = [zmm4, zmm5];

    /// <summary>The name of a kernel.</summary>
    /// <param name="rows">Rows of the tile, 1 … <see cref="MostRows"/>.</param>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    public static string Name(int rows, int lanes) => $"byte-tile-{rows}x{16 * lanes}";

    /// <summary>Assembles the product for tiles of one size: void (<see cref="ByteTileCall"/>*).</summary>
    /// <param name="rows">Rows of the tile, 1 … <see cref="MostRows"/>.</param>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] Emit(int rows, int lanes)
    {
        var assembler = new Assembler(bitness: 64);
        Label loop = assembler.CreateLabel(), last = assembler.CreateLabel(), end = assembler.CreateLabel();

        LoadArguments(assembler, rows, lanes);
        assembler.shr(Count, 1);
        assembler.jz(last);
        assembler.Label(ref loop);
        MultiplyQuad(assembler, rows, lanes, 0);
        MultiplyQuad(assembler, rows, lanes, 1);
        assembler.add(Weights, 2 * Line * lanes);
        assembler.add(Row, 2 * sizeof(int));
        assembler.add(FourthRow, 2 * sizeof(int));
        assembler.dec(Count);
        assembler.jnz(loop);

        assembler.Label(ref last);
        assembler.test(__dword_ptr[Call + ByteTileCall.QuadsOffset], 1);
        assembler.jz(end);
        MultiplyQuad(assembler, rows, lanes, 0);

        assembler.Label(ref end);
        ScaleAndStore(assembler, rows, lanes);
        assembler.vzeroupper();
        assembler.ret();

        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // The rows stand at their first quad and the sums at the corrections.
    private static void LoadArguments(Assembler assembler, int rows, int lanes)
    {
        assembler.mov(Weights, __[Call + ByteTileCall.PanelOffset]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmovdqu32(Sums[lane], __zmmword_ptr[Weights + (Line * (lanes + lane))]);
            for (int row = 1; row < rows; row++)
            {
                assembler.vmovdqa32(Sums[(row * lanes) + lane], Sums[lane]);
            }
        }

        assembler.add(Weights, 2 * Line * lanes);
        assembler.mov(Row, __[Call + ByteTileCall.RowsOffset]);
        assembler.mov(Stride, __[Call + ByteTileCall.RowStrideOffset]);
        assembler.add(Row, Line);
        assembler.lea(FourthRow, __[Row + (Stride * 2)]);
        assembler.add(FourthRow, Stride);
        assembler.mov(Count, __[Call + ByteTileCall.QuadsOffset]);
    }

    // The rows and Weights stand at an even quad.
    private static void MultiplyQuad(Assembler assembler, int rows, int lanes, int quad)
    {
        for (int lane = 0; lane < lanes; lane++)
        {
            int at = Line * ((quad * lanes) + lane);
            assembler.vmovdqu32(Lines[lane], __zmmword_ptr[Weights + at]);
            assembler.prefetcht0(__byte_ptr[Weights + (at + Ahead)]);
        }

        for (int row = 0; row < rows; row++)
        {
            AssemblerRegisterZMM word = Quads[row % Quads.Length];
            assembler.vpbroadcastd(word, At(row, quad * sizeof(int)));
            for (int lane = 0; lane < lanes; lane++)
            {
                assembler.vpdpbusd(Sums[(row * lanes) + lane], word, Lines[lane]);
            }
        }
    }

    // c = fma(sum, row scale · column scale, before), as the interpreter rounds it. The registers of weights and rows are free by now.
    private static void ScaleAndStore(Assembler assembler, int rows, int lanes)
    {
        AssemblerRegisterZMM factor = Quads[0];
        assembler.mov(Weights, __[Call + ByteTileCall.PanelOffset]);
        assembler.mov(Row, __[Call + ByteTileCall.RowsOffset]);
        assembler.mov(C, __[Call + ByteTileCall.COffset]);
        assembler.mov(Before, __[Call + ByteTileCall.BeforeOffset]);
        for (int lane = 0; lane < lanes; lane++)
        {
            assembler.vmovups(Lines[lane], __zmmword_ptr[Weights + (lane * Line)]);
        }

        for (int row = 0; row < rows; row++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                AssemblerRegisterZMM sum = Sums[(row * lanes) + lane];
                assembler.vcvtdq2ps(sum, sum);
                assembler.vmulps(factor, Lines[lane], __dword_bcst[Row]);
                assembler.vfmadd213ps(sum, factor, __zmmword_ptr[Before + (lane * Line)]);
                assembler.vmovups(__zmmword_ptr[C + (lane * Line)], sum);
            }

            assembler.add(Row, Stride);
            assembler.add(C, __[Call + ByteTileCall.CStrideOffset]);
            assembler.add(Before, __[Call + ByteTileCall.BeforeStrideOffset]);
        }
    }

    // Rows 0, 1, 2 from the first, row 3 by itself: an address has one register times 1 or 2.
    private static AssemblerMemoryOperand At(int row, int offset) => row switch
    {
        0 => __dword_ptr[Row + offset],
        1 => __dword_ptr[Row + Stride + offset],
        2 => __dword_ptr[Row + (Stride * 2) + offset],
        _ => __dword_ptr[FourthRow + offset],
    };
}
