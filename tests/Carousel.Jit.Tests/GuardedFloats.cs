using System.Runtime.InteropServices;

namespace Carousel.Jit.Tests;

/// <summary>Numbers that end where their page ends, and the next page may not be touched (on Linux): a load or store past the last one ends the process.</summary>
internal sealed unsafe partial class GuardedFloats : IDisposable
{
    private const nuint Page = 4096;

    private readonly nuint _bytes;
    private readonly byte* _start;
    private readonly int _count;

    public GuardedFloats(int count)
    {
        const int ReadWrite = 3, PrivateAnonymous = 0x22, None = 0;
        _count = count;
        _bytes = (((nuint)count * sizeof(float)) + Page - 1) / Page * Page;
        if (!OperatingSystem.IsLinux())
        {
            _start = (byte*)NativeMemory.AllocZeroed(_bytes);
            return;
        }

        _start = (byte*)Map(null, _bytes + Page, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, (nint)_start);
        Assert.Equal(0, Protect(_start + _bytes, Page, None));
    }

    public Span<float> Values => new((float*)(_start + _bytes) - _count, _count);

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, Unmap(_start, _bytes + Page));
        }
        else
        {
            NativeMemory.Free(_start);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
