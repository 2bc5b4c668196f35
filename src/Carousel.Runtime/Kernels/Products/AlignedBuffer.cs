using System.Runtime.InteropServices;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>Float32 memory outside the collected heap that starts on a 64-byte line, so that no vector load of a packed matrix straddles two lines.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Line = 64;

    /// <summary>Allocates without clearing.</summary>
    /// <param name="length">Number of elements.</param>
    public AlignedBuffer(long length)
    {
        Length = length;
        nuint bytes = checked((nuint)length * sizeof(float));
        Start = (float*)NativeMemory.AlignedAlloc(bytes == 0 ? Line : bytes, Line);
        GC.AddMemoryPressure((long)bytes + Line);
    }

    /// <summary>Frees the memory once nobody can reach it: packed weights and scratch have no natural last user to dispose of them.</summary>
    ~AlignedBuffer()
    {
        // Null when there was not enough memory and the constructor did not end.
        if (Start == null)
        {
            return;
        }

        NativeMemory.AlignedFree(Start);
        GC.RemoveMemoryPressure((Length * sizeof(float)) + Line);
    }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element. Valid while the buffer is reachable: see <see cref="GC.KeepAlive"/>.</summary>
    public float* Start { get; }
}
