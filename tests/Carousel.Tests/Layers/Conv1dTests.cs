using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Layers;

public sealed class Conv1dTests
{
    [Fact]
    public void Forward_one_channel_correlates_with_the_kernel()
    {
        var layer = new Conv1d(new Conv1dConfig(1, 1, 3) { Padding = 1 }, new RandomSource(1));
        layer.Parameters().First().Parameter.Assign([1, 10, 100]);
        Tensor y = layer.Forward(new Tape(), Tensor.From([1, 2, 3, 4], 4, 1, 1));
        Assert.Equal([210, 321, 432, 43], y.Values.ToArray());
    }

    [Fact]
    public void Forward_lengths_end_the_sequence_early()
    {
        var layer = new Conv1d(new Conv1dConfig(1, 1, 3) { Padding = 1 }, new RandomSource(1));
        layer.Parameters().First().Parameter.Assign([1, 10, 100]);
        Tensor y = layer.Forward(new Tape(), Tensor.From([1, 2, 99, 99], 4, 1, 1), [2]);
        Assert.Equal([210, 21], y.Values[..2].ToArray());
    }

    [Theory]
    [InlineData(10, 3, 1, 0, 1, 8)]
    [InlineData(10, 3, 2, 1, 1, 5)]
    [InlineData(10, 3, 1, 0, 4, 2)]
    [InlineData(8, 3, 1, 0, 4, 0)]
    [InlineData(0, 3, 1, 5, 1, 0)]
    public void OutputLength_follows_the_formula(int steps, int kernel, int stride, int padding, int dilation, int expected)
    {
        var layer = new Conv1d(new Conv1dConfig(1, 1, kernel) { Stride = stride, Padding = padding, Dilation = dilation }, new RandomSource(1));
        Assert.Equal(expected, layer.OutputLength(steps));
        if (expected > 0)
        {
            Assert.Equal(expected, layer.Forward(new Tape(), new Tensor(steps, 2, 1)).Shape[0]);
        }
    }

    [Fact]
    public void Forward_sequence_shorter_than_the_kernel_is_refused()
    {
        var layer = new Conv1d(new Conv1dConfig(2, 1, 5) { Dilation = 2 }, new RandomSource(1));
        Assert.Contains("8 time steps with padding 0 are too few for kernel 5 with dilation 2",
            Assert.Throws<ArgumentException>(() => layer.Forward(new Tape(), new Tensor(8, 1, 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_length_beyond_the_batch_is_refused()
    {
        var layer = new Conv1d(new Conv1dConfig(2, 1, 3), new RandomSource(1));
        Assert.Contains("2 numbers from 0 to 8", Assert.Throws<ArgumentException>(() => layer.Forward(new Tape(), new Tensor(8, 2, 2), [8, 9])).Message, StringComparison.Ordinal);
    }
}
