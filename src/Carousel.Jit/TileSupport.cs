using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>Whether this process may use AMX tiles: the processor has them, the system saves them, and it has given this process permission.</summary>
internal static unsafe partial class TileSupport
{
    /// <summary>What is missing, or nothing. Asks the system for permission, which holds for the whole process.</summary>
    public static string Missing()
    {
        if (!HasTiles())
        {
            return "needs AMX-BF16, which this processor does not offer";
        }

        if (!OperatingSystem.IsLinux())
        {
            return "AMX tiles are implemented for Linux only";
        }

        return !AreTilesSaved() ? "the system does not save AMX tiles" : !Permit() ? "the system refuses the permission to use AMX tiles" : "";
    }

    // CPUID leaf 7, EDX bits 22 and 24: AMX_BF16, AMX_TILE. Leaf 1, ECX bit 27: XGETBV may be asked.
    private static bool HasTiles()
    {
        const int features = 7, brainFloatTiles = 1 << 22, tiles = 1 << 24, systemSavesState = 1 << 27;
        return X86Base.CpuId(0, 0).Eax >= features && (X86Base.CpuId(features, 0).Edx & (brainFloatTiles | tiles)) == (brainFloatTiles | tiles)
            && (X86Base.CpuId(1, 0).Ecx & systemSavesState) != 0;
    }

    // XCR0 bits 17 and 18: configuration and contents of the tiles.
    private static bool AreTilesSaved()
    {
        const ulong tileState = 3UL << 17;
        var assembler = new Assembler(bitness: 64);
        assembler.xor(ecx, ecx);
        assembler.xgetbv();
        assembler.shl(rdx, 32);
        assembler.or(rax, rdx);
        assembler.ret();
        using var code = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        using var memory = new ExecutableMemory([code.ToArray()]);
        return (((delegate* unmanaged<ulong>)memory.Entry(0))() & tileState) == tileState;
    }

    // arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA), see the kernel's Documentation/arch/x86/xstate.rst.
    private static bool Permit()
    {
        const nint archPrctl = 158, requestPermission = 0x1023, tileData = 18;
        return SystemCall(archPrctl, requestPermission, tileData) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);
}
