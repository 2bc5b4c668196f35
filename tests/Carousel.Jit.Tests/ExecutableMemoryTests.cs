using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace Carousel.Jit.Tests;

public sealed unsafe class ExecutableMemoryTests
{
    // mov eax, N; ret
    private static readonly byte[] One = [0xB8, 1, 0, 0, 0, 0xC3], Two = [0xB8, 2, 0, 0, 0, 0xC3];

    [Fact]
    public void Entry_runs_the_routine_it_names()
    {
        Skip();
        using var memory = new ExecutableMemory([One, Two]);
        Assert.Equal(1, ((delegate* unmanaged<int>)memory.Entry(0))());
        Assert.Equal(2, ((delegate* unmanaged<int>)memory.Entry(1))());
        Assert.Equal(0, (nint)memory.Entry(1) % 64);
    }

    [Fact]
    public void Pages_are_executable_and_not_writable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/maps");
        Skip();
        using var memory = new ExecutableMemory([One]);
        Assert.Equal("r-xp", Rights((nint)memory.Entry(0)));
    }

    [Fact]
    public void Dispose_gives_the_pages_back()
    {
        Skip();
        var memory = new ExecutableMemory([One]);
        memory.Dispose();
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)memory.Entry(0));
    }

    // A line of the map: 7f00a000-7f00b000 r-xp …
    private static string Rights(nint address) => File.ReadLines("/proc/self/maps").Select(line => line.Split(' '))
        .First(part => Array.ConvertAll(part[0].Split('-'), end => nint.Parse(end, NumberStyles.HexNumber)) is [var first, var end] && address >= first && address < end)[1];

    private static void Skip()
    {
        Assert.SkipUnless(X86Base.X64.IsSupported, "the routines are code for x64");
        Assert.SkipUnless(ExecutableMemory.IsAllowed(out string reason), reason);
    }
}
