using System.Runtime.InteropServices;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>Float32 memory outside the collected heap that starts on a 64-byte line, so that no vector load of a packed matrix straddles two lines.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Line = 64;

    private readonly void* _memory;

    /// <summary>Allocates.</summary>
    /// <param name="length">Number of elements.</param>
    /// <param name="isCleared">True for zeros; pages that are new to the process hold them anyway.</param>
    public AlignedBuffer(long length, bool isCleared = false)
    {
        Length = length;
        nuint bytes = checked(((nuint)length * sizeof(float)) + Line);
        _memory = isCleared ? NativeMemory.AllocZeroed(bytes) : NativeMemory.Alloc(bytes);
        Start = (float*)(((nuint)_memory + Line - 1) & ~(nuint)(Line - 1));
        GC.AddMemoryPressure((long)bytes);
    }

    /// <summary>Frees the memory once nobody can reach it: packed weights and scratch have no natural last user to dispose of them.</summary>
    ~AlignedBuffer()
    {
        // Null when there was not enough memory and the constructor did not end.
        if (_memory == null)
        {
            return;
        }

        NativeMemory.Free(_memory);
        GC.RemoveMemoryPressure((Length * sizeof(float)) + Line);
    }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element. Valid while the buffer is reachable: see <see cref="GC.KeepAlive"/>.</summary>
    public float* Start { get; }
}
