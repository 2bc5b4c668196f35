using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for products of bfloat16 by AMX tiles with <c>tdpbf16ps</c>: sixteen rows of sixteen pairs of A times sixteen pairs of sixteen columns of B, added to
/// sixteen by sixteen float32 sums. Two tiles of A meet two of B, so that each load serves two products.
/// </summary>
/// <remarks>
/// <para>All tiles are whole: what A and B do not have is zero, what C does not have is left out when the sums are copied. So one configuration serves everything.</para>
/// <para>The instruction takes denormal operands as 0, gives 0 for denormal results, and rounds to nearest. Reference: Intel 64 and IA-32 Architectures Software Developer's
/// Manual, volume 1, chapter 18 (configuration), and volume 2, TDPBF16PS.</para>
/// </remarks>
internal static class TileEmitter
{
    /// <summary>Rows of a tile, and pairs in a row of it.</summary>
    public const int Side = 16;

    /// <summary>Bytes of a tile's row.</summary>
    public const int RowBytes = Side * sizeof(int);

    /// <summary>Names of the kernels.</summary>
    public const string BlockName = "tile-block", PeakName = "tile-peak";

    /// <summary>Arithmetic operations in one round of <see cref="EmitPeak"/>, a multiply-add counting as two.</summary>
    public const long OperationsOfPeak = 4 * Side * Side * Side * 2 * 2;

    private const int StripBytes = EmittedPairProduct.Width * sizeof(int), TileCount = 8;

    // Integer registers. The first six are free for any function to use, on Linux and Windows; the rest is saved.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 A = rax, Sums = rdx, RowStride = r8, RowTiles = r9, Steps = r10, B = r11, Upper = rbx, Lower = rbp, StripStride = r12, TileRows = r13;
    private static readonly AssemblerRegister64[] Saved = [rbx, rbp, r12, r13];
    private static readonly AssemblerRegisterTMM UpperRows = tmm4, LowerRows = tmm5, Left = tmm6, Right = tmm7;

    /// <summary>Assembles the product of a block by one strip: void (<see cref="TileBlockCall"/>*).</summary>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] EmitBlock()
    {
        var assembler = new Assembler(bitness: 64);
        Label configuration = assembler.CreateLabel(), pair = assembler.CreateLabel(), single = assembler.CreateLabel(), end = assembler.CreateLabel();
        Begin(assembler, configuration);
        assembler.mov(A, __[Call + TileBlockCall.AOffset]);
        assembler.mov(Sums, __[Call + TileBlockCall.SumsOffset]);
        assembler.mov(RowStride, __[Call + TileBlockCall.RowStrideOffset]);
        assembler.mov(RowTiles, __[Call + TileBlockCall.RowTilesOffset]);
        assembler.mov(StripStride, StripBytes);
        assembler.mov(TileRows, RowStride);
        assembler.shl(TileRows, 4);

        assembler.cmp(RowTiles, 2);
        assembler.jb(single);
        assembler.Label(ref pair);
        Multiply(assembler, tiles: 2);
        assembler.lea(A, __[A + (TileRows * 2)]);
        assembler.add(Sums, 2 * Side * StripBytes);
        assembler.sub(RowTiles, 2);
        assembler.cmp(RowTiles, 2);
        assembler.jae(pair);

        assembler.Label(ref single);
        assembler.test(RowTiles, RowTiles);
        assembler.jz(end);
        Multiply(assembler, tiles: 1);
        assembler.Label(ref end);
        return End(assembler, configuration);
    }

    /// <summary>Assembles nothing but the arithmetic, for comparison: void (long rounds), <see cref="OperationsOfPeak"/> in each round.</summary>
    public static byte[] EmitPeak()
    {
        var assembler = new Assembler(bitness: 64);
        Label configuration = assembler.CreateLabel(), loop = assembler.CreateLabel();
        Begin(assembler, configuration);
        for (int tile = 0; tile < TileCount; tile++)
        {
            assembler.tilezero(Tile(tile));
        }

        assembler.Label(ref loop);
        assembler.tdpbf16ps(tmm0, UpperRows, Left);
        assembler.tdpbf16ps(tmm1, UpperRows, Right);
        assembler.tdpbf16ps(tmm2, LowerRows, Left);
        assembler.tdpbf16ps(tmm3, LowerRows, Right);
        assembler.dec(Call);
        assembler.jnz(loop);
        return End(assembler, configuration);
    }

    // One or two tiles of rows times the strip, which is two tiles wide.
    private static void Multiply(Assembler assembler, int tiles)
    {
        Label step = assembler.CreateLabel();
        for (int sum = 0; sum < 2 * tiles; sum++)
        {
            assembler.tileloadd(Tile(sum), SumsOf(sum));
        }

        assembler.mov(Upper, A);
        assembler.lea(Lower, __[A + TileRows]);
        assembler.mov(B, __[Call + TileBlockCall.BOffset]);
        assembler.mov(Steps, __[Call + TileBlockCall.StepsOffset]);
        assembler.Label(ref step);
        assembler.tileloadd(UpperRows, __[Upper + (RowStride * 1)]);
        assembler.tileloadd(Left, __[B + (StripStride * 1)]);
        assembler.tileloadd(Right, __[B + (StripStride * 1) + RowBytes]);
        assembler.tdpbf16ps(tmm0, UpperRows, Left);
        assembler.tdpbf16ps(tmm1, UpperRows, Right);
        if (tiles == 2)
        {
            assembler.tileloadd(LowerRows, __[Lower + (RowStride * 1)]);
            assembler.tdpbf16ps(tmm2, LowerRows, Left);
            assembler.tdpbf16ps(tmm3, LowerRows, Right);
        }

        assembler.add(Upper, RowBytes);
        assembler.add(Lower, RowBytes);
        assembler.add(B, Side * StripBytes);
        assembler.dec(Steps);
        assembler.jnz(step);
        for (int sum = 0; sum < 2 * tiles; sum++)
        {
            assembler.tilestored(SumsOf(sum), Tile(sum));
        }
    }

    private static AssemblerMemoryOperand SumsOf(int tile) => __[Sums + (StripStride * 1) + ((tile / 2 * Side * StripBytes) + (tile % 2 * RowBytes))];

    private static AssemblerRegisterTMM Tile(int number) => number switch { 0 => tmm0, 1 => tmm1, 2 => tmm2, 3 => tmm3, 4 => tmm4, 5 => tmm5, 6 => tmm6, _ => tmm7 };

    private static void Begin(Assembler assembler, Label configuration)
    {
        foreach (AssemblerRegister64 register in Saved)
        {
            assembler.push(register);
        }

        assembler.ldtilecfg(__zmmword_ptr[configuration]);
    }

    private static byte[] End(Assembler assembler, Label configuration)
    {
        assembler.tilerelease();
        foreach (AssemblerRegister64 register in Enumerable.Reverse(Saved))
        {
            assembler.pop(register);
        }

        assembler.ret();
        assembler.Label(ref configuration);
        assembler.db(Configuration());
        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // Palette 1; from byte 16 on the bytes of each tile's rows as words, from byte 48 on the numbers of rows.
    private static byte[] Configuration()
    {
        const int Palette = 0, FirstRowBytes = 16, FirstRows = 48;
        byte[] bytes = new byte[64];
        bytes[Palette] = 1;
        for (int tile = 0; tile < TileCount; tile++)
        {
            bytes[FirstRowBytes + (2 * tile)] = RowBytes;
            bytes[FirstRows + tile] = Side;
        }

        return bytes;
    }
}
