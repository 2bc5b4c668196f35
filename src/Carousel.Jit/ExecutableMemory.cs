using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// Pages that hold machine code. They are written first and made executable, and no longer writable, afterwards (W^X): at no time could data that someone smuggled in
/// be both.
/// </summary>
internal sealed unsafe partial class ExecutableMemory : IDisposable
{
    private const int Line = 64;

    private readonly nint[] _offsets;
    private readonly nuint _length;
    private byte* _start;

    /// <summary>Copies routines to pages of their own, each on a cache line of its own.</summary>
    /// <param name="routines">Machine code that runs at any address.</param>
    /// <exception cref="PlatformNotSupportedException">The system gives no memory for code: its policy forbids it, or this is neither Linux nor Windows.</exception>
    public ExecutableMemory(IReadOnlyList<byte[]> routines)
    {
        _offsets = new nint[routines.Count];
        nint length = 0;
        for (int at = 0; at < routines.Count; at++)
        {
            _offsets[at] = length;
            length += (routines[at].Length + Line - 1) / Line * Line;
        }

        _length = (nuint)length;
        _start = Allocate(_length);
        for (int at = 0; at < routines.Count; at++)
        {
            routines[at].CopyTo(new Span<byte>(_start + _offsets[at], routines[at].Length));
        }

        if (!Seal(_start, _length))
        {
            string reason = Reason();
            Dispose();
            throw new PlatformNotSupportedException($"the system does not let memory become executable ({reason})");
        }
    }

    /// <summary>Gives the pages back when nobody has: whoever runs the code keeps this object reachable.</summary>
    ~ExecutableMemory() => Free();

    /// <summary>True when this process may have memory for code; otherwise the reason says why not.</summary>
    public static bool IsAllowed(out string reason)
    {
        const byte ret = 0xC3;
        try
        {
            using var probe = new ExecutableMemory([[ret]]);
            reason = "";
            return true;
        }
        catch (PlatformNotSupportedException error)
        {
            reason = error.Message;
            return false;
        }
    }

    /// <summary>Where a routine begins. Valid until <see cref="Dispose"/>.</summary>
    /// <param name="routine">Its place in the list given.</param>
    public void* Entry(int routine)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        return _start + _offsets[routine];
    }

    /// <summary>Gives the pages back; nothing may run the code any more.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static byte* Allocate(nuint length)
    {
        if (OperatingSystem.IsLinux())
        {
            void* start = Linux.Map(null, length, Linux.Read | Linux.Write, Linux.Private | Linux.Anonymous, -1, 0);
            return (nint)start != -1 ? (byte*)start : throw new PlatformNotSupportedException($"the system gives no pages ({Reason()})");
        }

        if (OperatingSystem.IsWindows())
        {
            void* start = Windows.Allocate(null, length, Windows.Commit | Windows.Reserve, Windows.ReadWrite);
            return start != null ? (byte*)start : throw new PlatformNotSupportedException($"the system gives no pages ({Reason()})");
        }

        throw new PlatformNotSupportedException("memory for code is implemented for Linux and Windows only");
    }

    private static bool Seal(byte* start, nuint length) => OperatingSystem.IsWindows()
        ? Windows.Protect(start, length, Windows.ExecuteRead, out _) && Windows.Flush(Windows.CurrentProcess(), start, length)
        : Linux.Protect(start, length, Linux.Read | Linux.Execute) == 0;

    private static string Reason() => new Win32Exception(Marshal.GetLastPInvokeError()).Message;

    private void Free()
    {
        if (_start == null)
        {
            return;
        }

        _ = OperatingSystem.IsWindows() ? Windows.Free(_start, 0, Windows.Release) : Linux.Unmap(_start, _length) == 0;
        _start = null;
    }

    private static partial class Linux
    {
        public const int Read = 1, Write = 2, Execute = 4, Private = 2, Anonymous = 0x20;

        [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
        public static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

        [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
        public static partial int Protect(void* address, nuint length, int protection);

        [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
        public static partial int Unmap(void* address, nuint length);
    }

    private static partial class Windows
    {
        public const uint Commit = 0x1000, Reserve = 0x2000, Release = 0x8000, ReadWrite = 0x04, ExecuteRead = 0x20;

        [LibraryImport("kernel32", EntryPoint = "VirtualAlloc", SetLastError = true)]
        public static partial void* Allocate(void* address, nuint size, uint type, uint protection);

        [LibraryImport("kernel32", EntryPoint = "VirtualProtect", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool Protect(void* address, nuint size, uint protection, out uint before);

        [LibraryImport("kernel32", EntryPoint = "VirtualFree", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool Free(void* address, nuint size, uint type);

        [LibraryImport("kernel32", EntryPoint = "GetCurrentProcess")]
        public static partial nint CurrentProcess();

        [LibraryImport("kernel32", EntryPoint = "FlushInstructionCache", SetLastError = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static partial bool Flush(nint process, void* address, nuint size);
    }
}
