using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Tests.Inputs;

public sealed class StandardScalerTests
{
    private static readonly StandardScaler Scaler = new(["a", "b", "c"], [10, -1, 3], [2, 0.5, 0]);

    [Fact]
    public void Scale_rows_and_back_gives_the_values()
    {
        double[] rows = [12, -1, 3, 8, 0, 3], back = new double[6];
        float[] scaled = new float[6], fromFloats = new float[6];
        Scaler.Scale(rows, scaled);
        Scaler.Scale(Array.ConvertAll(rows, value => (float)value), fromFloats);
        Scaler.Unscale(scaled, back, 3);
        Assert.Equal([1, 0, 0, -1, 2, 0], scaled);
        Assert.Equal(scaled, fromFloats);
        Assert.Equal(rows, back);
    }

    [Fact]
    public void Scale_feature_of_deviation_zero_gives_zero_and_its_mean_back()
    {
        Assert.Equal(0, Scaler.Scale(99, 2));
        Assert.Equal(3, Scaler.Unscale(5, 2));
    }

    [Fact]
    public void Unscale_targets_alone_uses_the_first_features()
    {
        double[] values = new double[4];
        Scaler.Unscale([1, 2, -1, 0], values, 2);
        Assert.Equal([12, 0, 8, -1], values);
    }

    [Fact]
    public void Scale_part_of_a_row_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Scaler.Scale(new double[4], new float[4]));
        Assert.Throws<ArgumentException>(() => Scaler.Scale(new double[3], new float[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scaler.Unscale(new float[4], new double[4], 4));
    }

    [Fact]
    public void Validate_lists_every_problem()
    {
        Assert.Empty(Scaler.Validate());
        Assert.Equal(3, new StandardScaler(["a", "b", "c"], [double.NaN, 0, 0], [1, -1, double.PositiveInfinity]).Validate().Count());
        Assert.Single(new StandardScaler(["a", "b"], [1, 2], [1]).Validate());
    }

    [Fact]
    public void Equals_compares_the_numbers()
    {
        Assert.Equal(new StandardScaler(["a", "b"], [1, 2], [3, 4]), new StandardScaler(["a", "b"], [1, 2], [3, 4]));
        Assert.NotEqual(new StandardScaler(["a", "b"], [1, 2], [3, 4]), new StandardScaler(["a", "b"], [1, 2], [3, 5]));
    }
}
