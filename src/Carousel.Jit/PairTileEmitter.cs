using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for one tile of a bfloat16 product with <c>vdpbf16ps</c> (AVX512-BF16), which adds two products of bfloat16 to each of sixteen float32 sums: a tile of C,
/// up to fourteen rows of one strip, is held in registers while k runs over one slab.
/// </summary>
/// <remarks>
/// <para>A pair of A is broadcast from memory and meets the strip of B: 28 sums, two registers of B and one pair are 31 of the 32 registers.</para>
/// <para>The instruction takes denormal operands as 0, gives 0 for denormal results, and rounds to nearest whatever the thread's settings.
/// Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VDPBF16PS.</para>
/// </remarks>
internal static class PairTileEmitter
{
    /// <summary>Most rows of a tile.</summary>
    public const int TallestTile = 14;

    private const int Width = EmittedPairProduct.Width, Line = 64, RowsPerPointer = 5, SumsOfPeak = 24;

    // Integer registers. The first six are free for any function to use, on Linux and Windows; the rest is saved.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 B = rax, Pairs = rdx, RowStride = r8, PairStride = r9, C = r10, CStride = r11, ThreeRows = rbx;
    private static readonly AssemblerRegister64[] A = [rsi, rbp, r12];
    private static readonly AssemblerRegister64[] Saved = [rbx, rsi, rbp, r12];

    private static readonly AssemblerRegisterZMM[] Sums =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13,
        zmm14, zmm15, zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27,
    ];
    private static readonly AssemblerRegisterZMM[] Strip = [zmm30, zmm31];
    private static readonly AssemblerRegisterZMM Pair = zmm28;
    private static readonly AssemblerRegisterXMM[] SavedOnWindows = [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    /// <summary>The name of a kernel.</summary>
    /// <param name="rows">1 … <see cref="TallestTile"/></param>
    /// <param name="strip">How much of a strip there is.</param>
    public static string Name(int rows, StripPart strip) => $"pair-tile-{rows}-{strip switch { StripPart.Whole => "32", StripPart.MoreThanHalf => "17to31", _ => "1to16" }}";

    /// <summary>Assembles the kernel for tiles of some height: void (<see cref="PairTileCall"/>*).</summary>
    /// <param name="rows">1 … <see cref="TallestTile"/></param>
    /// <param name="strip">How much of a strip there is.</param>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] Emit(int rows, StripPart strip)
    {
        var assembler = new Assembler(bitness: 64);
        Label loop = assembler.CreateLabel();
        int registers = strip == StripPart.HalfOrLess ? 1 : 2;
        Save(assembler);
        LoadArguments(assembler, rows);
        bool isMasked = strip != StripPart.Whole;
        LoadSums(assembler, rows, registers, isMasked);
        assembler.Label(ref loop);
        for (int register = 0; register < registers; register++)
        {
            assembler.vmovdqu32(Strip[register], __zmmword_ptr[B + (register * Line)]);
        }

        for (int row = 0; row < rows; row++)
        {
            assembler.vpbroadcastd(Pair, RowOfA(row));
            for (int register = 0; register < registers; register++)
            {
                assembler.vdpbf16ps(Sum(row, register), Strip[register], Pair);
            }
        }

        assembler.add(B, Width * sizeof(int));
        for (int pointer = 0; pointer * RowsPerPointer < rows; pointer++)
        {
            assembler.add(A[pointer], PairStride);
        }

        assembler.dec(Pairs);
        assembler.jnz(loop);
        ForEachLine(assembler, rows, registers, isMasked, (sum, memory, isLast) => assembler.vmovups(isLast ? memory.k1 : memory, sum));
        Restore(assembler);
        return Code(assembler);
    }

    /// <summary>Assembles nothing but the arithmetic, for comparison: void (long rounds), <see cref="OperationsOfPeak"/> in each round.</summary>
    public static byte[] EmitPeak()
    {
        var assembler = new Assembler(bitness: 64);
        Label loop = assembler.CreateLabel();
        Save(assembler);
        for (int sum = 0; sum < SumsOfPeak; sum++)
        {
            assembler.vpxord(Sums[sum], Sums[sum], Sums[sum]);
        }

        assembler.vpxord(Pair, Pair, Pair);
        assembler.Label(ref loop);
        for (int sum = 0; sum < SumsOfPeak; sum++)
        {
            assembler.vdpbf16ps(Sums[sum], Pair, Pair);
        }

        assembler.dec(Call);
        assembler.jnz(loop);
        Restore(assembler);
        return Code(assembler);
    }

    /// <summary>Arithmetic operations in one round of <see cref="EmitPeak"/>, a multiply-add counting as two.</summary>
    public static long OperationsOfPeak => SumsOfPeak * Width * 2;

    private static AssemblerRegisterZMM Sum(int row, int register) => Sums[row + (register * TallestTile)];

    // Each pointer serves five rows: itself, one, two, three and four strides away.
    private static AssemblerMemoryOperand RowOfA(int row)
    {
        AssemblerRegister64 pointer = A[row / RowsPerPointer];
        return (row % RowsPerPointer) switch
        {
            0 => __dword_ptr[pointer],
            1 => __dword_ptr[pointer + RowStride],
            2 => __dword_ptr[pointer + (RowStride * 2)],
            3 => __dword_ptr[pointer + ThreeRows],
            _ => __dword_ptr[pointer + (RowStride * 4)],
        };
    }

    private static void LoadArguments(Assembler assembler, int rows)
    {
        assembler.mov(A[0], __[Call + PairTileCall.AOffset]);
        assembler.mov(B, __[Call + PairTileCall.BOffset]);
        assembler.mov(C, __[Call + PairTileCall.COffset]);
        assembler.mov(RowStride, __[Call + PairTileCall.RowStrideOffset]);
        assembler.mov(PairStride, __[Call + PairTileCall.PairStrideOffset]);
        assembler.mov(CStride, __[Call + PairTileCall.CStrideOffset]);
        assembler.mov(Pairs, __[Call + PairTileCall.PairsOffset]);
        assembler.lea(ThreeRows, __[RowStride + (RowStride * 2)]);
        for (int pointer = 1; pointer * RowsPerPointer < rows; pointer++)
        {
            assembler.lea(A[pointer], __[A[pointer - 1] + (RowStride * 4)]);
            assembler.add(A[pointer], RowStride);
        }
    }

    // Sums start at what C holds, or at zero.
    private static void LoadSums(Assembler assembler, int rows, int registers, bool isMasked)
    {
        Label overwrite = assembler.CreateLabel(), end = assembler.CreateLabel();
        if (isMasked)
        {
            assembler.kmovw(k1, __word_ptr[Call + PairTileCall.ColumnsOffset]);
        }

        assembler.cmp(__dword_ptr[Call + PairTileCall.AccumulateOffset], 0);
        assembler.je(overwrite);
        ForEachLine(assembler, rows, registers, isMasked, (sum, memory, isLast) => assembler.vmovups(isLast ? sum.k1.z : sum, memory));
        assembler.jmp(end);

        assembler.Label(ref overwrite);
        ForEachLine(assembler, rows, registers, isMasked, (sum, _, _) => assembler.vpxord(sum, sum, sum));
        assembler.Label(ref end);

        // The next tile, by the time it begins.
        ForEachLine(assembler, rows, registers, isMasked, (_, memory, _) => assembler.prefetcht0(memory));
        assembler.mov(C, __[Call + PairTileCall.COffset]);
    }

    // Leaves C at the row below the tile.
    private static void ForEachLine(Assembler assembler, int rows, int registers, bool isMasked, Action<AssemblerRegisterZMM, AssemblerMemoryOperand, bool> emit)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int register = 0; register < registers; register++)
            {
                emit(Sum(row, register), __zmmword_ptr[C + (register * Line)], isMasked && register == registers - 1);
            }

            assembler.add(C, CStride);
        }
    }

    private static void Save(Assembler assembler)
    {
        foreach (AssemblerRegister64 register in Saved)
        {
            assembler.push(register);
        }

        if (OperatingSystem.IsWindows())
        {
            assembler.sub(rsp, SavedOnWindows.Length * 16);
            for (int at = 0; at < SavedOnWindows.Length; at++)
            {
                assembler.vmovups(__xmmword_ptr[rsp + (at * 16)], SavedOnWindows[at]);
            }
        }
    }

    private static void Restore(Assembler assembler)
    {
        assembler.vzeroupper();
        if (OperatingSystem.IsWindows())
        {
            for (int at = 0; at < SavedOnWindows.Length; at++)
            {
                assembler.vmovups(SavedOnWindows[at], __xmmword_ptr[rsp + (at * 16)]);
            }

            assembler.add(rsp, SavedOnWindows.Length * 16);
        }

        foreach (AssemblerRegister64 register in Enumerable.Reverse(Saved))
        {
            assembler.pop(register);
        }

        assembler.ret();
    }

    private static byte[] Code(Assembler assembler)
    {
        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }
}
