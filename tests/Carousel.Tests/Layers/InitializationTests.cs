using Carousel.Cells;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Layers;

public sealed class InitializationTests
{
    [Theory]
    [InlineData(5, 5)]
    [InlineData(3, 11)]
    [InlineData(11, 3)]
    [InlineData(64, 64)]
    public void Orthogonal_rows_or_columns_are_orthonormal(int rows, int columns)
    {
        var matrix = new Tensor(rows, columns);
        Initialization.Orthogonal(matrix, new RandomSource(1));
        (int count, int length) = rows > columns ? (columns, rows) : (rows, columns);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                for (int k = 0; k < length; k++)
                {
                    dot += rows > columns
                        ? (double)matrix.Values[(k * columns) + i] * matrix.Values[(k * columns) + j]
                        : (double)matrix.Values[(i * columns) + k] * matrix.Values[(j * columns) + k];
                }

                Assert.Equal(i == j ? 1 : 0, dot, 1e-6);
            }
        }
    }

    [Fact]
    public void Glorot_fills_its_bounds_evenly()
    {
        var matrix = new Tensor(30, 70);
        Initialization.Glorot(matrix, new RandomSource(2));
        double bound = Math.Sqrt(6.0 / 100);
        float[] values = matrix.Values.ToArray();
        Assert.InRange(values.Max(), 0.99 * bound, bound);
        Assert.InRange(values.Min(), -bound, -0.99 * bound);
        Assert.Equal(0, values.Average(), 0.01);
        Assert.Equal(bound / Math.Sqrt(3), Math.Sqrt(values.Average(value => (double)value * value)), 0.01);
    }

    [Fact]
    public void Lstm_starts_with_forget_bias_one_other_biases_zero_and_orthogonal_gate_blocks()
    {
        const int Units = 7;
        var parameters = new Lstm(new LstmConfig(3, Units) { Layers = 2, Bidirectional = true }, new RandomSource(3)).Parameters().ToDictionary(entry => entry.Name, entry => entry.Parameter.Tensor);
        foreach (string suffix in new[] { "_l0", "_l0_reverse", "_l1", "_l1_reverse" })
        {
            float[] bias = [.. parameters[$"bias_ih{suffix}"].Values.ToArray().Zip(parameters[$"bias_hh{suffix}"].Values.ToArray(), (a, b) => a + b)];
            Assert.Equal(Enumerable.Range(0, 4 * Units).Select(i => i / Units == 1 ? 1f : 0f), bias);
            for (int gate = 0; gate < 4; gate++)
            {
                float[] block = parameters[$"weight_hh{suffix}"].Range(gate * Units, Units).Values.ToArray();
                Assert.Equal(1, Enumerable.Range(0, Units).Sum(k => (double)block[k] * block[k]), 1e-6);
                Assert.Equal(0, Enumerable.Range(0, Units).Sum(k => (double)block[k] * block[Units + k]), 1e-6);
            }
        }
    }

    [Fact]
    public void Lstm_same_seed_same_weights_other_seed_other_weights()
    {
        float[] Weights(ulong seed) => [.. new Lstm(new LstmConfig(3, 4), new RandomSource(seed)).Parameters().SelectMany(entry => entry.Parameter.Tensor.Values.ToArray())];
        Assert.Equal(Weights(1), Weights(1));
        Assert.NotEqual(Weights(1), Weights(2));
    }
}
