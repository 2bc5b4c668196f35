using Carousel.Metrics;

namespace Carousel.Tests.Metrics;

public sealed class ForecastErrorsTests
{
    [Fact]
    public void RegressionErrors_of_floats_and_doubles_agree()
    {
        RegressionErrors wide = RegressionErrors.Of([1.0, 2.0, 4.0], [1.0, 0.0, 1.0]);
        Assert.Equal(new RegressionErrors(13 / 3.0, 5 / 3.0, 3), wide);
        Assert.Equal(wide, RegressionErrors.Of([1f, 2f, 4f], [1f, 0f, 1f]));
        Assert.Equal(Math.Sqrt(13 / 3.0), wide.Rmse);
    }

    [Fact]
    public void RegressionErrors_of_nothing_is_refused() => Assert.Throws<ArgumentException>(() => RegressionErrors.Of([], ReadOnlySpan<double>.Empty));

    [Fact]
    public void Smape_step_where_both_are_zero_counts_as_no_error() => Assert.Equal(100, ForecastErrors.Smape([0, 1], [0, 0]));

    [Fact]
    public void Mase_of_seasonal_history_divides_by_mean_seasonal_difference() =>
        // Seasonal differences of 1 2 | 3 6 are 2 and 4, mean 3; the errors are 3 and 0, mean 1.5.
        Assert.Equal(0.5, ForecastErrors.Mase([5, 8], [2, 8], [1, 2, 3, 6], 2));

    [Fact]
    public void Mase_of_history_of_one_season_is_refused() =>
        Assert.Contains("more than one season of 2", Assert.Throws<ArgumentException>(() => ForecastErrors.Mase([1], [1], [1, 2], 2)).Message, StringComparison.Ordinal);

    [Fact]
    public void Naive2_of_clear_season_multiplies_the_level_by_the_indices()
    {
        double[] history = [.. Enumerable.Range(0, 24).Select(t => t % 4 == 0 ? 20.0 : 10.0)];
        Naive2 naive = Naive2.Of(history, 4, 5);
        Assert.True(naive.IsSeasonal);
        Assert.Equal(4, naive.SeasonalIndices.Sum(), 12);
        Assert.Equal([20.0, 10, 10, 10, 20], naive.Forecast.Select(value => Math.Round(value, 9)));
    }

    [Fact]
    public void Naive2_of_constant_series_repeats_the_last_value() => Assert.Equal([7.0, 7.0], Naive2.Of(Enumerable.Repeat(7.0, 24).ToArray(), 4, 2).Forecast);

    [Fact]
    public void M4Score_of_naive2_itself_has_owa_one()
    {
        double[] history = [1, 3, 2, 5, 4, 6, 5, 8];
        double[] naive = [.. Naive2.Of(history, 1, 3).Forecast];
        Assert.Equal(1, M4Score.Of(history, [9, 7, 10], naive, 1).Owa, 12);
    }

    [Fact]
    public void QuantileErrors_of_median_is_half_the_absolute_error()
    {
        var errors = QuantileErrors.Of([3, 1], [1, 2], [0.5]);
        Assert.Equal([1, 0.5], errors.Pinball);
        Assert.Equal(1.5, errors.Crps);
        Assert.Equal([0.75], errors.Weighted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void QuantileErrors_of_level_outside_zero_and_one_is_refused(double level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantileErrors.Of([3.0], [1.0], [level]));

    [Fact]
    public void Crps_of_one_member_is_the_absolute_error()
    {
        Assert.Equal(2, Crps.Ensemble([1], 3));
        Assert.Throws<ArgumentException>(() => Crps.FairEnsemble([1], 3));
    }

    [Fact]
    public void Crps_ensemble_does_not_depend_on_the_order_of_members() => Assert.Equal(Crps.Ensemble([1, 2, 7, 4], 3), Crps.Ensemble([7, 4, 1, 2], 3));

    [Theory]
    [InlineData(0, 0.23369497725510913)] // (√2 − 1)/√π
    [InlineData(100, 99.43581041645225)] // far away only −1/√π is left of the distribution
    public void Crps_of_standard_normal_matches_closed_form(double truth, double expected) => Assert.Equal(expected, Crps.Gaussian(0, 1, truth), 12);

    [Fact]
    public void Crps_of_zero_deviation_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Crps.Gaussian(0, 0, 1));
}
