using System.Globalization;

namespace Carousel.Numerics;

/// <summary>
/// Float32 numbers in row-major order with a shape, and room for the gradient of a loss with respect to them. A view shares both with the tensor it was taken from.
/// </summary>
public sealed class Tensor
{
    private readonly int[] _shape;
    private readonly int _start;

    /// <summary>A tensor of zeros with memory of its own.</summary>
    /// <param name="shape">Sizes of the axes, each 0 or more; an empty shape is a single number.</param>
    /// <exception cref="ArgumentException">A size is negative, or the element count exceeds what an array can hold.</exception>
    public Tensor(params ReadOnlySpan<int> shape)
        : this(new Storage(new PinnedBuffer(Count(shape))), 0, shape.ToArray())
    {
    }

    internal Tensor(Storage storage, int start, int[] shape)
    {
        Storage = storage;
        _start = start;
        _shape = shape;
        Length = Count(shape);
    }

    /// <summary>Sizes of the axes, slowest first.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Number of axes.</summary>
    public int Rank => _shape.Length;

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>The numbers, row-major.</summary>
    public Span<float> Values => Storage.Values.Span.Slice(_start, Length);

    /// <summary>True when a backward pass must produce a gradient for this tensor.</summary>
    public bool NeedsGradient
    {
        get => Storage.NeedsGradient;
        set => Storage.NeedsGradient = value;
    }

    /// <summary>True once something has asked for the gradient's memory.</summary>
    public bool HasGradient => Storage.Gradient is not null;

    /// <summary>∂L/∂(this), same order as <see cref="Values"/>; zeros until a backward pass adds to it.</summary>
    public Span<float> Gradient
    {
        get
        {
            // Whoever has the memory may write anywhere.
            Storage.GradientRows?.IsAll = true;
            Storage.Gradient ??= new PinnedBuffer(Storage.Values.Length);
            return Storage.GradientValues.Slice(_start, Length);
        }
    }

    internal Storage Storage { get; }

    /// <summary>True when the gradient is known to be zero outside some rows.</summary>
    internal bool HasSparseGradient => Storage.GradientRows is { IsAll: false } && Length == Storage.Values.Length;

    /// <summary>The whole gradient for somebody who only reads it; it must be there already.</summary>
    internal ReadOnlySpan<float> GradientValues => Storage.GradientValues.Slice(_start, Length);

    /// <summary>Number of stretches of <see cref="GradientPart"/>.</summary>
    internal int GradientParts => !HasGradient ? 0 : HasSparseGradient ? Storage.GradientRows!.Count : 1;

    /// <summary>Copies numbers into a new tensor.</summary>
    /// <param name="values">As many as the shape has elements, row-major.</param>
    /// <param name="shape">Sizes of the axes.</param>
    /// <exception cref="ArgumentException">The count does not fit the shape.</exception>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(shape);
        if (values.Length != tensor.Length)
        {
            throw new ArgumentException($"shape {Describe(shape)} has {tensor.Length} elements, found {values.Length} values", nameof(values));
        }

        values.CopyTo(tensor.Values);
        return tensor;
    }

    /// <summary>The same numbers and gradient under another shape.</summary>
    /// <exception cref="ArgumentException">The element counts differ.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        if (Count(shape) != Length)
        {
            throw new ArgumentException($"cannot view {this} as {Describe(shape)}: {Length} elements against {Count(shape)}", nameof(shape));
        }

        return new Tensor(Storage, _start, shape.ToArray());
    }

    /// <summary>Entries <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1 of the first axis, sharing numbers and gradient.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
    public Tensor Range(int start, int count)
    {
        int entries = _shape[0];
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, entries);
        int size = entries == 0 ? 0 : Length / entries;
        int[] shape = [count, .. _shape.AsSpan(1)];
        return new Tensor(Storage, _start + (start * size), shape);
    }

    /// <summary>Entry <paramref name="index"/> of the first axis without that axis, sharing numbers and gradient.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index leaves the axis.</exception>
    public Tensor At(int index)
    {
        Tensor range = Range(index, 1);
        return new Tensor(Storage, range._start, _shape[1..]);
    }

    /// <summary>A copy of the numbers that owns its memory and has no history: what truncated back-propagation carries on.</summary>
    public Tensor Detach() => From(Values, Shape);

    /// <summary>Copies the numbers into a tensor of the same shape.</summary>
    /// <returns>False, and nothing is copied, when it has another one.</returns>
    public bool TryCopyTo(Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        bool fits = Shape.SequenceEqual(target.Shape);
        if (fits)
        {
            Values.CopyTo(target.Values);
        }

        return fits;
    }

    /// <summary>Sets the gradient to zero where there is one.</summary>
    public void ClearGradient()
    {
        bool isWhole = Length == Storage.Values.Length;
        if (isWhole && !HasSparseGradient)
        {
            Storage.IsGradientZero = HasGradient;
        }

        for (int part = 0; !Storage.IsGradientZero && part < GradientParts; part++)
        {
            GradientPart(part, out _).Clear();
        }

        if (isWhole)
        {
            Storage.GradientRows?.Clear();
        }
    }

    /// <summary>Makes memory hold the gradient, before several threads read it.</summary>
    internal void SettleGradient()
    {
        Storage.Gradient ??= new PinnedBuffer(Storage.Values.Length);
        _ = Storage.GradientValues;
    }

    /// <summary>A stretch of the gradient; outside of all of them it is zero. To change what is there, not to add where nothing is.</summary>
    /// <param name="index">0 … <see cref="GradientParts"/> − 1.</param>
    /// <param name="start">Where it starts in this tensor.</param>
    internal Span<float> GradientPart(int index, out int start)
    {
        (start, int length) = HasSparseGradient ? Storage.GradientRows![index] : (0, Length);
        return Storage.GradientValues.Slice(_start + start, length);
    }

    /// <summary>The gradient's memory for somebody who adds to some rows only and says which; it must be there already.</summary>
    /// <param name="rows">Entries of the first axis.</param>
    internal Span<float> TouchGradientRows(ReadOnlySpan<int> rows)
    {
        Storage.GradientRows?.Touch(rows);
        return Storage.GradientValues.Slice(_start, Length);
    }

    /// <summary>The gradient's memory for somebody who writes every element; it must be there already.</summary>
    /// <param name="adds">True when there is something to add to; false when what the memory holds is to be overwritten.</param>
    internal Span<float> GradientToWrite(out bool adds)
    {
        adds = !Storage.IsGradientZero || Length != Storage.Values.Length;
        Storage.IsGradientZero &= adds;
        return Gradient;
    }

    /// <summary>The shape as text, such as <c>[20, 32, 200]</c>.</summary>
    public override string ToString() => Describe(_shape);

    /// <summary>A shape as text, such as <c>[20, 32, 200]</c>.</summary>
    public static string Describe(ReadOnlySpan<int> shape)
    {
        var parts = new string[shape.Length];
        for (int axis = 0; axis < parts.Length; axis++)
        {
            parts[axis] = shape[axis].ToString(CultureInfo.InvariantCulture);
        }

        return $"[{string.Join(", ", parts)}]";
    }

    /// <summary>Number of elements of a shape.</summary>
    internal static int Count(ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            if (size < 0)
            {
                throw new ArgumentException($"shape {Describe(shape)} has a negative size", nameof(shape));
            }

            count *= size;
            if (count > Array.MaxLength - 64)
            {
                throw new ArgumentException($"shape {Describe(shape)} has more elements than one tensor can hold", nameof(shape));
            }
        }

        return (int)count;
    }
}
