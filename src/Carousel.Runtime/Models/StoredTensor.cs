using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Carousel.Runtime.Models;

/// <summary>One tensor as it stands in a file: name, kind of number, shape and little-endian bytes. Immutable.</summary>
public sealed class StoredTensor
{
    private readonly int[] _shape;

    /// <summary>Wraps bytes that are already in file order.</summary>
    /// <param name="name">Any text but <c>__metadata__</c>.</param>
    /// <param name="type">Kind of number.</param>
    /// <param name="shape">Length of each axis, outermost first, each 0 or more; empty for a scalar.</param>
    /// <param name="bytes">Little-endian, row-major; not copied, so not to be changed any more.</param>
    /// <exception cref="ArgumentException">The bytes do not fit the shape, a length is negative, or the name is reserved.</exception>
    public StoredTensor(string name, ElementType type, IReadOnlyList<int> shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        _shape = [.. shape];
        if (name == SafetensorsFile.MetadataKey)
        {
            throw new ArgumentException($"a tensor cannot be named {name}", nameof(name));
        }

        if (ByteCount(type, _shape) != bytes.Length)
        {
            throw new ArgumentException($"tensor '{name}': {bytes.Length} bytes, expected {type.Spelling()} [{string.Join(", ", shape)}]", nameof(bytes));
        }

        Name = name;
        Type = type;
        Bytes = bytes;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>Kind of number.</summary>
    public ElementType Type { get; }

    /// <summary>Length of each axis, outermost first.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>The elements, little-endian, row-major.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Bytes.Length / Type.Bytes();

    /// <summary>Copies numbers into a tensor of a floating-point type, rounding to nearest even where it is narrower.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Length of each axis.</param>
    /// <param name="values">As many as the shape says.</param>
    /// <param name="type">F32, F16, BF16 or F64.</param>
    /// <exception cref="ArgumentException">The number of values does not fit, or the type is no floating-point type.</exception>
    public static StoredTensor FromSingles(string name, IReadOnlyList<int> shape, ReadOnlySpan<float> values, ElementType type = ElementType.F32)
    {
        if (type == ElementType.F32)
        {
            return Copy(name, type, shape, values);
        }

        if (!type.IsFloat())
        {
            throw new ArgumentException($"tensor '{name}': floats cannot be stored as {type.Spelling()}", nameof(type));
        }

        byte[] bytes = new byte[checked(values.Length * type.Bytes())];
        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        Span<double> doubles = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int i = 0; i < values.Length; i++)
        {
            switch (type)
            {
                case ElementType.F16:
                    halves[i] = (Half)values[i];
                    break;
                case ElementType.BF16:
                    upper[i] = ToBrainFloat(values[i]);
                    break;
                default:
                    doubles[i] = values[i];
                    break;
            }
        }

        return new(name, type, shape, bytes);
    }

    /// <summary>Copies float64 numbers into a tensor.</summary>
    public static StoredTensor FromDoubles(string name, IReadOnlyList<int> shape, ReadOnlySpan<double> values) => Copy(name, ElementType.F64, shape, values);

    /// <summary>Copies integers into a tensor.</summary>
    public static StoredTensor FromInt64s(string name, IReadOnlyList<int> shape, ReadOnlySpan<long> values) => Copy(name, ElementType.I64, shape, values);

    /// <summary>Copies unsigned integers into a tensor.</summary>
    public static StoredTensor FromUInt64s(string name, IReadOnlyList<int> shape, ReadOnlySpan<ulong> values) => Copy(name, ElementType.U64, shape, values);

    /// <summary>The elements of a floating-point tensor as float32, rounded to nearest even where they are wider.</summary>
    /// <exception cref="InvalidOperationException">The tensor is of another type.</exception>
    public float[] ToSingles()
    {
        float[] values = GC.AllocateUninitializedArray<float>(Count);
        CopyTo(values);
        return values;
    }

    /// <summary>Copies the elements of a floating-point tensor, as <see cref="ToSingles"/> gives them.</summary>
    /// <param name="values">As many as <see cref="Count"/>.</param>
    /// <exception cref="ArgumentException">The length differs.</exception>
    /// <exception cref="InvalidOperationException">The tensor is of another type.</exception>
    public void CopyTo(Span<float> values)
    {
        if (values.Length != Count)
        {
            throw new ArgumentException($"tensor '{Name}' has {Count} elements, found room for {values.Length}", nameof(values));
        }

        switch (Type)
        {
            case ElementType.F32:
                As<float>().CopyTo(values);
                break;
            case ElementType.F64:
                ReadOnlySpan<double> doubles = As<double>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)doubles[i];
                }

                break;
            case ElementType.F16:
                ReadOnlySpan<Half> halves = As<Half>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)halves[i];
                }

                break;
            case ElementType.BF16:
                ReadOnlySpan<ushort> upper = As<ushort>();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                }

                break;
            default:
                throw Mismatch("floating-point numbers");
        }
    }

    /// <summary>The elements of an F64 tensor.</summary>
    /// <exception cref="InvalidOperationException">The tensor is of another type.</exception>
    public double[] ToDoubles() => Type == ElementType.F64 ? As<double>().ToArray() : throw Mismatch("F64");

    /// <summary>The elements of an I64 tensor.</summary>
    /// <exception cref="InvalidOperationException">The tensor is of another type.</exception>
    public long[] ToInt64s() => Type == ElementType.I64 ? As<long>().ToArray() : throw Mismatch("I64");

    /// <summary>The elements of a U64 tensor.</summary>
    /// <exception cref="InvalidOperationException">The tensor is of another type.</exception>
    public ulong[] ToUInt64s() => Type == ElementType.U64 ? As<ulong>().ToArray() : throw Mismatch("U64");

    /// <summary>Position of the first element that is NaN or infinite; −1 when all are finite, as those of an integer tensor always are.</summary>
    public int FirstNonFinite()
    {
        switch (Type)
        {
            case ElementType.F64:
                ReadOnlySpan<double> doubles = As<double>();
                for (int i = 0; i < doubles.Length; i++)
                {
                    if (!double.IsFinite(doubles[i]))
                    {
                        return i;
                    }
                }

                return -1;

            // NaN and infinity are the numbers whose exponent bits are all set.
            case ElementType.F32:
                return FirstWithBits(As<uint>(), 0x7F80_0000u);
            case ElementType.F16:
                return FirstWithBits(As<ushort>(), (ushort)0x7C00);
            case ElementType.BF16:
                return FirstWithBits(As<ushort>(), (ushort)0x7F80);
            default:
                return -1;
        }
    }

    /// <summary>Name, type and shape: <c>weight_ih_l0 F32 [20, 5]</c>.</summary>
    public override string ToString()
    {
        // Every load needs it, and string.Join over numbers would be compiled in every process.
        var text = new StringBuilder($"{Name} {Type.Spelling()} [");
        for (int axis = 0; axis < _shape.Length; axis++)
        {
            text.Append(axis == 0 ? "" : ", ").Append(_shape[axis]);
        }

        return text.Append(']').ToString();
    }

    /// <summary>Bytes of a tensor; −1 when a length is negative or the product exceeds 64 bits.</summary>
    internal static long ByteCount(ElementType type, ReadOnlySpan<int> shape)
    {
        long bytes = type.Bytes();
        bool isEmpty = false, isTooLong = false;
        foreach (int length in shape)
        {
            if (length < 0)
            {
                return -1;
            }

            isEmpty |= length == 0;
            isTooLong |= length > 0 && bytes > long.MaxValue / length;
            bytes *= length;
        }

        return isEmpty ? 0 : isTooLong ? -1 : bytes;
    }

    /// <summary>True when every axis has the length expected.</summary>
    internal bool HasShape(IReadOnlyList<int> expected)
    {
        bool agrees = expected.Count == _shape.Length;
        for (int axis = 0; agrees && axis < _shape.Length; axis++)
        {
            agrees = expected[axis] == _shape[axis];
        }

        return agrees;
    }

    /// <summary>The elements as <see cref="ToSingles"/> gives them, without a copy where they are float32 already.</summary>
    internal ReadOnlySpan<float> AsSingles() => Type == ElementType.F32 ? As<float>() : ToSingles();

    private static StoredTensor Copy<T>(string name, ElementType type, IReadOnlyList<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged => new(name, type, shape, MemoryMarshal.AsBytes(values).ToArray());

    private static int FirstWithBits<T>(ReadOnlySpan<T> values, T bits)
        where T : unmanaged, IBinaryInteger<T>
    {
        // 128 bits, for which code may be compiled before it is known where it runs, and which memory cannot feed faster anyway.
        int i = 0;
        var all = Vector128.Create(bits);
        while (i <= values.Length - Vector128<T>.Count && !Vector128.EqualsAny(Vector128.Create(values[i..]) & all, all))
        {
            i += Vector128<T>.Count;
        }

        for (; i < values.Length; i++)
        {
            if ((values[i] & bits) == bits)
            {
                return i;
            }
        }

        return -1;
    }

    private static ushort ToBrainFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private ReadOnlySpan<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes.Span);

    private InvalidOperationException Mismatch(string expected) => new($"tensor '{Name}' holds {Type.Spelling()}, expected {expected}");
}
