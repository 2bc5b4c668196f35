using Carousel.Numerics;
using Carousel.Optimizers;

namespace Carousel.Tests.Optimizers;

public sealed class GradientClippingTests
{
    [Theory]
    [InlineData(GradientNorm.Euclidean, 5)]
    [InlineData(GradientNorm.Largest, 4)]
    [InlineData(GradientNorm.Absolute, 7)]
    public void ByNorm_measures_all_gradients_together(GradientNorm norm, double expected)
    {
        Tensor[] tensors = [WithGradient(3, 0), new Tensor(2), WithGradient(0, -4)];
        Assert.Equal(expected, GradientClipping.ByNorm(tensors, 1, norm), 1e-6);
        Assert.Equal(3 / (float)expected, tensors[0].Gradient[0], 1e-5f);
        Assert.Equal(-4 / (float)expected, tensors[2].Gradient[1], 1e-5f);
        Assert.False(tensors[1].HasGradient);
    }

    [Fact]
    public void ByNorm_below_the_limit_changes_no_bit()
    {
        Tensor tensor = WithGradient(3, 4);
        Assert.Equal(5, GradientClipping.ByNorm([tensor], 5.1), 1e-6);
        Assert.Equal([3, 4], tensor.Gradient.ToArray());
        Assert.Equal(5, GradientClipping.ByNorm([tensor], double.PositiveInfinity), 1e-6);
    }

    [Fact]
    public void ByNorm_not_finite_is_reported_and_left_for_the_caller_to_look_at()
    {
        Tensor tensor = WithGradient(1, float.NaN), other = WithGradient(100, 0);
        Assert.True(double.IsNaN(GradientClipping.ByNorm([tensor, other], 1)));
        Assert.Equal(100, other.Gradient[0]);
        Assert.True(double.IsNaN(GradientClipping.ByNorm([tensor, other], 1, GradientNorm.Largest)));
        Assert.Equal(double.PositiveInfinity, GradientClipping.ByNorm([WithGradient(float.PositiveInfinity, 0)], 1));
    }

    [Fact]
    public void ByValue_limits_every_element()
    {
        Tensor tensor = WithGradient(3, -4);
        GradientClipping.ByValue([tensor, new Tensor(3)], 3.5f);
        Assert.Equal([3, -3.5f], tensor.Gradient.ToArray());
    }

    [Fact]
    public void Clipping_to_nothing_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByNorm([], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByValue([], float.NaN));
    }

    private static Tensor WithGradient(params float[] gradient)
    {
        var tensor = new Tensor(gradient.Length);
        gradient.CopyTo(tensor.Gradient);
        return tensor;
    }
}
