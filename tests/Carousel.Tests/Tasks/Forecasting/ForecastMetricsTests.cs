using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting;

namespace Carousel.Tests.Tasks.Forecasting;

public sealed class ForecastMetricsTests
{
    // 0 1 2 … 11 in 8 + 2 + 2 rows: the training part changes by 1 a row, and the one test window forecasts the values 10 and 11.
    private static readonly PreparedSeries Line = PreparedSeries.Of(
        Series.Of("line", [("a", [.. Enumerable.Range(0, 12).Select(t => (double)t)])]), SplitConfig.Rows(8, 2, 2), new WindowConfig { Length = 3, Horizon = 2 });

    private static readonly ForecasterConfig Model = new() { Window = 3, Horizon = 2, Targets = ["a"] };

    [Fact]
    public void Of_a_forecast_wrong_by_two_gives_the_errors_in_both_units()
    {
        IReadOnlyDictionary<string, double> metrics = ForecastMetrics.Of(Scaled(12, 9), Line, Line.Test, Model);

        double deviation = Line.Scaler.Deviations[0];
        Assert.Equal(["mse", "mae", "rmse", "smape", "mase"], metrics.Keys);
        Assert.Equal(4 / (deviation * deviation), metrics["mse"], 5);
        Assert.Equal(2 / deviation, metrics["mae"], 5);
        Assert.Equal(2, metrics["rmse"], 5);
        Assert.Equal(((200 * 2 / 22.0) + (200 * 2 / 20.0)) / 2, metrics["smape"], 4);
        Assert.Equal(2, metrics["mase"], 5);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 0.5)]
    [InlineData(8, 2)]
    public void Of_mase_is_relative_to_one_season_of_the_training_part(int season, double expected)
    {
        // Values a season apart differ by the season; one as long as the training part counts as none.
        Assert.Equal(expected, ForecastMetrics.Of(Scaled(12, 9), Line, Line.Test, Model with { SeasonLength = season })["mase"], 5);
    }

    [Fact]
    public void Of_quantiles_measures_the_median_and_adds_the_quantile_loss()
    {
        // 0.1, 0.5 and 0.9 of 10: below by 1, right, above by 3; of 11: all right.
        float[] forecasts = Scaled(9, 10, 13, 11, 11, 11);
        IReadOnlyDictionary<string, double> metrics = ForecastMetrics.Of(forecasts, Line, Line.Test, Model with { Quantiles = [0.1, 0.5, 0.9] });

        double pinball = ((0.1 * 1) + (0.1 * 3)) / Line.Scaler.Deviations[0];
        Assert.Equal(0, metrics["mse"], 10);
        Assert.Equal(pinball / 6, metrics["quantile_loss"], 6);
        Assert.Equal(2 * pinball / 6, metrics["crps"], 6);
    }

    [Fact]
    public void Of_a_series_that_repeats_itself_gives_an_infinite_mase()
    {
        PreparedSeries data = PreparedSeries.Of(
            Series.Of("zigzag", [("a", [.. Enumerable.Range(0, 12).Select(t => (double)(t % 2))])]), SplitConfig.Rows(8, 2, 2), new WindowConfig { Length = 3, Horizon = 2 });

        Assert.Equal(double.PositiveInfinity, ForecastMetrics.Of([5, 5], data, data.Test, Model with { SeasonLength = 2 })["mase"]);
    }

    private static float[] Scaled(params double[] values) => [.. values.Select(value => (float)Line.Scaler.Scale(value, 0))];
}
