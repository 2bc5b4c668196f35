using System.Runtime.InteropServices;

namespace Carousel.Runtime.States;

/// <summary>Reads what a <see cref="StateWriter"/> wrote, from bytes that may have been changed since: every number is checked against what it may be.</summary>
/// <param name="bytes">All of them.</param>
/// <param name="expectsFinite">True to refuse numbers that are not finite, which a stream has that was given such ones.</param>
internal sealed class StateReader(byte[] bytes, bool expectsFinite)
{
    private int _at;

    /// <summary>Bytes that have not been read.</summary>
    public int Left => bytes.Length - _at;

    /// <summary>Reads a truth value.</summary>
    /// <exception cref="InvalidDataException">It is none, or the bytes are at their end.</exception>
    public bool Bool() => Take(1)[0] switch { 0 => false, 1 => true, byte other => throw new InvalidDataException($"byte {_at - 1} is {other}, expected 0 or 1") };

    /// <summary>Reads a whole number.</summary>
    /// <param name="least">The smallest it may be.</param>
    /// <param name="most">The largest it may be.</param>
    /// <exception cref="InvalidDataException">It is another, or the bytes are at their end.</exception>
    public long Long(long least, long most)
    {
        long value = MemoryMarshal.Read<long>(Take(sizeof(long)));
        return value >= least && value <= most ? value : throw new InvalidDataException($"the number at byte {_at - sizeof(long)} is {value}, expected {least} … {most}");
    }

    /// <summary>Reads a whole number; see <see cref="Long"/>.</summary>
    public int Int(int least, int most) => (int)Long(least, most);

    /// <summary>Reads a number.</summary>
    /// <exception cref="InvalidDataException">It is NaN or +∞, or the bytes are at their end.</exception>
    public double Double()
    {
        double value = MemoryMarshal.Read<double>(Take(sizeof(double)));
        return !expectsFinite || value < double.PositiveInfinity ? value : throw new InvalidDataException($"the number at byte {_at - sizeof(double)} is {value}, expected a finite one or -∞");
    }

    /// <summary>Reads as many finite numbers as there is room for.</summary>
    /// <exception cref="InvalidDataException">One is not finite, or the bytes are at their end.</exception>
    public void Singles(Span<float> values)
    {
        MemoryMarshal.Cast<byte, float>(Take(checked(values.Length * sizeof(float)))).CopyTo(values);
        foreach (float value in values)
        {
            ThrowUnlessFinite(value);
        }
    }

    /// <summary>Reads as many finite numbers as there is room for.</summary>
    /// <exception cref="InvalidDataException">One is not finite, or the bytes are at their end.</exception>
    public void Doubles(Span<double> values)
    {
        MemoryMarshal.Cast<byte, double>(Take(checked(values.Length * sizeof(double)))).CopyTo(values);
        foreach (double value in values)
        {
            ThrowUnlessFinite(value);
        }
    }

    private void ThrowUnlessFinite(double value)
    {
        if (expectsFinite && !double.IsFinite(value))
        {
            throw new InvalidDataException($"a number before byte {_at} is {value}, expected finite ones");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
        {
            throw new InvalidDataException($"{count} bytes are expected after byte {_at}, but {Left} are left");
        }

        _at += count;
        return bytes.AsSpan(_at - count, count);
    }
}
