using System.Runtime.InteropServices;

namespace Carousel.Runtime.States;

/// <summary>Writes what something remembers as bytes: the same memory gives the same bytes.</summary>
internal sealed class StateWriter
{
    private readonly List<byte> _bytes = [];

    /// <summary>What was written so far.</summary>
    public byte[] ToBytes() => [.. _bytes];

    /// <summary>Writes a truth value.</summary>
    public void Bool(bool value) => _bytes.Add(value ? (byte)1 : (byte)0);

    /// <summary>Writes a whole number.</summary>
    public void Long(long value) => Values([value]);

    /// <summary>Writes a number.</summary>
    public void Double(double value) => Values([value]);

    /// <summary>Writes numbers; how many there are is known to the reader.</summary>
    public void Values<T>(ReadOnlySpan<T> values)
        where T : unmanaged => _bytes.AddRange(MemoryMarshal.AsBytes(values));
}
