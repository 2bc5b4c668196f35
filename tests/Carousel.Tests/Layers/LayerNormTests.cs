using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Tests.Layers;

public sealed class LayerNormTests
{
    [Fact]
    public void Forward_rows_get_mean_zero_and_variance_one()
    {
        Tensor y = new LayerNorm(new(4)).Forward(new Tape(), Tensor.From([1, 2, 3, 4, -500, 0, 0, 500], 2, 1, 4));

        // Row 1: mean 2.5, biased variance 1.25.
        Assert.Equal([-1.3416355f, -0.4472118f, 0.4472118f, 1.3416355f], y.Values[..4].ToArray(), (a, b) => Math.Abs(a - b) < 1e-6f);
        Assert.Equal([-1.4142135f, 0, 0, 1.4142135f], y.Values[4..].ToArray(), (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Forward_constant_row_gives_beta_and_a_finite_gradient()
    {
        var layer = new LayerNorm(new(3));
        layer.Parameters().Last().Parameter.Assign([7, 8, 9]);
        Tensor x = Tensor.From([5, 5, 5], 1, 1, 3);
        x.NeedsGradient = true;
        var tape = new Tape();
        Tensor y = layer.Forward(tape, x);
        Assert.Equal([7, 8, 9], y.Values.ToArray());
        tape.GradientOf(y)[0] = 1;
        tape.Backward();
        Assert.All(x.Gradient.ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(float.NaN)]
    public void LayerNorm_epsilon_not_above_zero_is_refused(float epsilon) =>
        Assert.Contains("above 0", Assert.Throws<ArgumentException>(() => new Tape().LayerNorm(new Tensor(2, 3), epsilon: epsilon)).Message, StringComparison.Ordinal);

    [Fact]
    public void LayerNorm_gamma_of_another_width_is_refused() =>
        Assert.Contains("input [2, 3], γ [4]", Assert.Throws<ArgumentException>(() => new Tape().LayerNorm(new Tensor(2, 3), new Tensor(4))).Message, StringComparison.Ordinal);
}
