using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code that rounds float32 operands to pairs of bfloat16 with <c>vcvtne2ps2bf16</c> (AVX512-BF16): to nearest, ties to even; 0 for denormal numbers.
/// </summary>
internal static class PairPackingEmitter
{
    private const int Line = 64;

    // Integer registers that any function may use, on Linux and Windows; the rest is saved.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 Source = rax, Target = rdx, SourceStride = r8, Count = r9, From = r10, To = r11, Tiles = rsi, TileStride = rbx, SourceStep = rbp, FiveRows = r12;
    private static readonly AssemblerRegister64[] Saved = [rsi, rbx, rbp, r12];
    private static readonly AssemblerRegisterZMM Rounded = zmm16, Second = zmm17, Order = zmm18, First = zmm19;

    /// <summary>Neighbours along k lie side by side: each row becomes a row of pairs, filled up with zeros to a whole line. void (<see cref="PairPackingCall"/>*)</summary>
    public static byte[] EmitRows()
    {
        var assembler = new Assembler(bitness: 64);
        Label row = assembler.CreateLabel(), line = assembler.CreateLabel(), last = assembler.CreateLabel(), next = assembler.CreateLabel();
        Begin(assembler);
        LoadMask(assembler, k1, k2, PairPackingCall.FirstOffset);

        assembler.Label(ref row);
        assembler.mov(From, Source);
        assembler.mov(To, Target);
        assembler.mov(Tiles, __[Call + PairPackingCall.TilesOffset]);
        assembler.test(Tiles, Tiles);
        assembler.jz(last);
        assembler.Label(ref line);
        assembler.prefetcht0(__byte_ptr[From + SourceStride]);
        assembler.prefetcht0(__byte_ptr[From + SourceStride + Line]);
        assembler.vmovups(Second, __zmmword_ptr[From + Line]);
        assembler.vcvtne2ps2bf16(Rounded, Second, __zmmword_ptr[From]);
        assembler.vmovdqu16(__zmmword_ptr[To], Rounded);
        assembler.add(From, 2 * Line);
        assembler.add(To, Line);
        assembler.dec(Tiles);
        assembler.jnz(line);

        assembler.Label(ref last);
        assembler.cmp(__dword_ptr[Call + PairPackingCall.FirstOffset], 0);
        assembler.je(next);
        assembler.vmovups(First.k1.z, __zmmword_ptr[From]);
        assembler.vmovups(Second.k2.z, __zmmword_ptr[From + Line]);
        assembler.vcvtne2ps2bf16(Rounded, Second, First);
        assembler.vmovdqu16(__zmmword_ptr[To], Rounded);

        assembler.Label(ref next);
        assembler.add(Source, SourceStride);
        assembler.add(Target, __qword_ptr[Call + PairPackingCall.TargetStrideOffset]);
        assembler.dec(Count);
        assembler.jnz(row);
        return End(assembler);
    }

    /// <summary>
    /// Neighbours along k are two rows: they are interleaved, one line of every tile at a time, since long runs are kinder to the memory than narrow columns.
    /// void (<see cref="PairPackingCall"/>*)
    /// </summary>
    /// <param name="registers">Registers of a tile: 1 for up to 16 pairs, 2 for up to 32.</param>
    public static byte[] EmitTiles(int registers)
    {
        var assembler = new Assembler(bitness: 64);
        Label pair = assembler.CreateLabel(), tile = assembler.CreateLabel(), interleave = assembler.CreateLabel();
        Begin(assembler);
        assembler.mov(TileStride, __[Call + PairPackingCall.TileStrideOffset]);
        assembler.mov(SourceStep, __[Call + PairPackingCall.SourceStepOffset]);
        assembler.lea(FiveRows, __[SourceStride + (SourceStride * 4)]);
        assembler.vmovdqu16(Order, __zmmword_ptr[interleave]);
        AssemblerRegisterK[] first = [k1, k2], second = [k3, k4], store = [k5, k6];
        LoadMask(assembler, first[0], first[1], PairPackingCall.FirstOffset);
        LoadMask(assembler, second[0], second[1], PairPackingCall.SecondOffset);
        LoadMask(assembler, store[0], store[1], PairPackingCall.StoreOffset);

        assembler.Label(ref pair);
        assembler.mov(From, Source);
        assembler.mov(To, Target);
        assembler.mov(Tiles, __[Call + PairPackingCall.TilesOffset]);
        assembler.Label(ref tile);
        for (int register = 0; register < registers; register++)
        {
            // Two pairs ahead: the runs of a tile are too short for the processor to foresee the next.
            int at = register * Line;
            assembler.prefetcht0(__byte_ptr[From + (SourceStride * 4) + at]);
            assembler.prefetcht0(__byte_ptr[From + FiveRows + at]);
            assembler.vmovups(Masked(First, first[register]), __zmmword_ptr[From + at]);
            assembler.vmovups(Masked(Second, second[register]), __zmmword_ptr[From + SourceStride + at]);
            assembler.vcvtne2ps2bf16(Rounded, Second, First);
            assembler.vpermw(Rounded, Order, Rounded);
            assembler.vmovdqu32(register == 0 ? __zmmword_ptr[To + at].k5 : __zmmword_ptr[To + at].k6, Rounded);
        }

        assembler.add(From, SourceStep);
        assembler.add(To, TileStride);
        assembler.dec(Tiles);
        assembler.jnz(tile);
        assembler.lea(Source, __[Source + (SourceStride * 2)]);
        assembler.add(Target, __qword_ptr[Call + PairPackingCall.TargetStrideOffset]);
        assembler.dec(Count);
        assembler.jnz(pair);
        byte[] code = End(assembler, () =>
        {
            // Word 2i is number i of the first row, word 2i + 1 that of the second.
            short[] words = [.. Enumerable.Range(0, 32).Select(at => (short)((at / 2) + (at % 2 * 16)))];
            assembler.Label(ref interleave);
            assembler.db(MemoryMarshal.AsBytes<short>(words).ToArray());
        });
        return code;
    }

    private static AssemblerRegisterZMM Masked(AssemblerRegisterZMM register, AssemblerRegisterK mask) =>
        (mask == k1 ? register.k1 : mask == k2 ? register.k2 : mask == k3 ? register.k3 : register.k4).z;

    private static void LoadMask(Assembler assembler, AssemblerRegisterK low, AssemblerRegisterK high, int offset)
    {
        assembler.kmovw(low, __word_ptr[Call + offset]);
        assembler.kmovw(high, __word_ptr[Call + (offset + sizeof(ushort))]);
    }

    private static void Begin(Assembler assembler)
    {
        foreach (AssemblerRegister64 register in Saved)
        {
            assembler.push(register);
        }

        assembler.mov(Source, __[Call + PairPackingCall.SourceOffset]);
        assembler.mov(Target, __[Call + PairPackingCall.TargetOffset]);
        assembler.mov(SourceStride, __[Call + PairPackingCall.SourceStrideOffset]);
        assembler.mov(Count, __[Call + PairPackingCall.CountOffset]);
    }

    private static byte[] End(Assembler assembler, Action? tables = null)
    {
        foreach (AssemblerRegister64 register in Enumerable.Reverse(Saved))
        {
            assembler.pop(register);
        }

        assembler.ret();
        tables?.Invoke();
        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }
}
