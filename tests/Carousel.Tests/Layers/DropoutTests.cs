using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Layers;

public sealed class DropoutTests
{
    [Fact]
    public void Forward_not_training_returns_its_input()
    {
        var x = new Tensor(3, 2, 4);
        Assert.Same(x, new Dropout(new DropoutConfig(4, 0.9f)).Forward(new Tape(), x, null).Output);
    }

    [Fact]
    public void Forward_training_drops_the_rate_and_scales_the_rest()
    {
        var x = new Tensor(100, 10, 20);
        x.Values.Fill(3);
        var tape = new Tape(new RandomSource(1), isTraining: true);
        float[] output = new Dropout(new DropoutConfig(20, 0.25f)).Forward(tape, x, null).Output.Values.ToArray();
        Assert.Equal([0, 4], output.Distinct().Order());
        Assert.Equal(0.25, output.Count(value => value == 0) / (double)output.Length, 0.01);
    }

    [Fact]
    public void Backward_gradient_passes_where_the_value_did()
    {
        var x = new Tensor(5, 4, 3) { NeedsGradient = true };
        x.Values.Fill(1);
        var tape = new Tape(new RandomSource(1), isTraining: true);
        Tensor output = new Dropout(new DropoutConfig(3, 0.5f)).Forward(tape, x, null).Output;
        tape.GradientOf(output).Fill(1);
        tape.Backward();
        Assert.Equal(output.Values.ToArray(), x.Gradient.ToArray());
    }

    [Fact]
    public void Forward_training_without_random_source_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => new Dropout(new DropoutConfig(4, 0.5f)).Forward(new Tape(isTraining: true), new Tensor(1, 1, 4), null));
}
