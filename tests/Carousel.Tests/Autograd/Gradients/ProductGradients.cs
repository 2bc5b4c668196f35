using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>Linear, matrix products in all four transpositions, convolution along time.</summary>
internal sealed class ProductGradients : IGradientCases
{
    private readonly RandomSource _random = new(3);

    public IEnumerable<GradientCase> Cases()
    {
        yield return new(typeof(Products), nameof(Products.Linear), "with bias", [X(3, 5, 7), X(11, 7), X(11)],
            (tape, x) => [tape.Linear(x[0], x[1], x[2])], x => [Linear(x[0], x[1], x[2])]);
        yield return new(typeof(Products), nameof(Products.Linear), "without bias", [X(5, 7), X(3, 7)],
            (tape, x) => [tape.Linear(x[0], x[1])], x => [Linear(x[0], x[1], null)]);
        foreach (bool transposeA in new[] { false, true })
        {
            foreach (bool transposeB in new[] { false, true })
            {
                yield return new(typeof(Products), nameof(Products.MatMul), $"A{(transposeA ? "ᵀ" : "")}·B{(transposeB ? "ᵀ" : "")}",
                    [transposeA ? X(3, 5, 7) : X(3, 7, 5), transposeB ? X(3, 9, 5) : X(3, 5, 9)],
                    (tape, x) => [tape.MatMul(x[0], x[1], transposeA, transposeB)], x => [MatMul(x[0], x[1], transposeA, transposeB)]);
            }
        }

        foreach ((string switches, Conv1dConfig config, int[]? lengths) in new (string, Conv1dConfig, int[]?)[]
        {
            ("plain", new(3, 5, 3), null),
            ("stride, padding and dilation", new(3, 5, 3) { Stride = 2, Padding = 3, Dilation = 2 }, null),
            ("groups, without bias", new(4, 6, 3) { Groups = 2, Bias = false, Padding = 1 }, null),
            ("lengths", new(3, 2, 3) { Padding = 1 }, [7, 0, 4]),
        })
        {
            Array64[] inputs = [X(7, 3, config.InputChannels), X(config.OutputChannels, config.InputChannels / config.Groups, config.KernelSize)];
            yield return new(typeof(Convolution), nameof(Convolution.Conv1d), switches, config.Bias ? [.. inputs, X(config.OutputChannels)] : inputs,
                (tape, x) => [tape.Conv1d(x[0], x[1], config.Bias ? x[2] : null, config, lengths)], x => [Convolve(x[0], x[1], config.Bias ? x[2] : null, config, lengths)]);
        }
    }

    internal static Array64 Linear(Array64 x, Array64 weight, Array64? bias)
    {
        var y = new Array64([.. x.Shape[..^1], weight.Shape[0]]);
        for (int row = 0; row < x.Length / x.Shape[^1]; row++)
        {
            for (int o = 0; o < weight.Shape[0]; o++)
            {
                y.Row(row)[o] = TensorPrimitives.Dot<double>(x.Row(row), weight.Row(o)) + (bias?[o] ?? 0);
            }
        }

        return y;
    }

    private static Array64 MatMul(Array64 a, Array64 b, bool transposeA, bool transposeB)
    {
        int rows = a.Shape[transposeA ? 2 : 1], depth = a.Shape[transposeA ? 1 : 2], columns = b.Shape[transposeB ? 1 : 2];
        var y = new Array64(a.Shape[0], rows, columns);
        for (int n = 0; n < a.Shape[0]; n++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    for (int k = 0; k < depth; k++)
                    {
                        y[n, i, j] += (transposeA ? a[n, k, i] : a[n, i, k]) * (transposeB ? b[n, j, k] : b[n, k, j]);
                    }
                }
            }
        }

        return y;
    }

    private static Array64 Convolve(Array64 x, Array64 weight, Array64? bias, Conv1dConfig config, int[]? lengths)
    {
        int batch = x.Shape[1], inputs = config.InputChannels / config.Groups, outputs = config.OutputChannels / config.Groups;
        var y = new Array64(config.OutputLength(x.Shape[0]), batch, config.OutputChannels);
        for (int t = 0; t < y.Shape[0]; t++)
        {
            for (int b = 0; b < batch; b++)
            {
                for (int o = 0; o < config.OutputChannels; o++)
                {
                    y[t, b, o] = bias?[o] ?? 0;
                    for (int k = 0; k < config.KernelSize; k++)
                    {
                        int step = (t * config.Stride) + (k * config.Dilation) - config.Padding;
                        for (int c = 0; c < inputs && step >= 0 && step < (lengths?[b] ?? x.Shape[0]); c++)
                        {
                            y[t, b, o] += weight[o, c, k] * x[step, b, (o / outputs * inputs) + c];
                        }
                    }
                }
            }
        }

        return y;
    }

    private Array64 X(params int[] shape) => Array64.Uniform(_random, -1, 1, shape);
}
