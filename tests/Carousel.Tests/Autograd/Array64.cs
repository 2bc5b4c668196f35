using Carousel.Numerics;

namespace Carousel.Tests.Autograd;

/// <summary>Float64 numbers with a shape: what the reference computations of the gradient tests are written in.</summary>
internal sealed class Array64(int[] shape, double[] data)
{
    public Array64(params int[] shape)
        : this(shape, new double[shape.Aggregate(1, (product, size) => product * size)])
    {
    }

    public int[] Shape { get; } = shape;

    public double[] Data { get; } = data;

    public int Length => Data.Length;

    public double this[int i]
    {
        get => Data[i];
        set => Data[i] = value;
    }

    public double this[int i, int j]
    {
        get => Data[(i * Shape[1]) + j];
        set => Data[(i * Shape[1]) + j] = value;
    }

    public double this[int i, int j, int k]
    {
        get => Data[(((i * Shape[1]) + j) * Shape[2]) + k];
        set => Data[(((i * Shape[1]) + j) * Shape[2]) + k] = value;
    }

    public double this[int i, int j, int k, int l]
    {
        get => Data[(((((i * Shape[1]) + j) * Shape[2]) + k) * Shape[3]) + l];
        set => Data[(((((i * Shape[1]) + j) * Shape[2]) + k) * Shape[3]) + l] = value;
    }

    /// <summary>Uniform numbers, exact in float32, so that both computations start from the same.</summary>
    public static Array64 Uniform(RandomSource random, double low, double high, params int[] shape)
    {
        var array = new Array64(shape);
        for (int i = 0; i < array.Length; i++)
        {
            array[i] = (float)(low + ((high - low) * random.NextDouble()));
        }

        return array;
    }

    public static Array64 Scalar(double value) => new([], [value]);

    public Array64 Map(Func<double, double> function) => new(Shape, Array.ConvertAll(Data, value => function(value)));

    public Array64 Map(Func<double, int, double> function) => new(Shape, [.. Data.Select(function)]);

    public Array64 Zip(Array64 other, Func<double, double, double> function) => new(Shape, [.. Data.Zip(other.Data, function)]);

    /// <summary>The numbers of one row of the last axis.</summary>
    public Span<double> Row(int row) => Data.AsSpan(row * Shape[^1], Shape[^1]);

    public Array64 Copy() => new(Shape, [.. Data]);

    public Tensor ToTensor() => Tensor.From(Array.ConvertAll(Data, value => (float)value), Shape);
}
