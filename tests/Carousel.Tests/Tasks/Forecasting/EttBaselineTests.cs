using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting;
using Carousel.Tasks.Forecasting.Baselines;

namespace Carousel.Tests.Tasks.Forecasting;

/// <summary>What one linear layer is known to reach on ETTh1 (univariate OT, Informer split, z-scored, without a penalty) bounds ours, which has one.</summary>
public sealed class EttBaselineTests
{
    [Theory]
    [InlineData(24, 96, 0.0265)]
    [InlineData(48, 96, 0.0392)]
    [InlineData(168, 96, 0.0698)]
    [InlineData(336, 336, 0.0856)]
    [InlineData(720, 336, 0.0821)]
    public void Linear_on_etth1_reaches_the_known_error(int horizon, int window, double known)
    {
        var series = Series.FromCsv(SharedFolder.DataFile("ett/ETTh1.csv"), new CsvOptions { Targets = ["OT"] });
        var data = PreparedSeries.Of(series, SplitConfig.Months(12, 4, 4), new WindowConfig { Length = window, Horizon = horizon });
        var model = new ForecasterConfig { Window = window, Horizon = horizon, Targets = ["OT"], SeasonLength = 24 };
        double mse = ForecastTraining.EvaluateBaselines(data, data.Test, model).Single(baseline => baseline.Name == "linear").Metrics["mse"];
        Assert.InRange(mse, 0.9 * known, known + 0.00005);
    }

    [Fact]
    public void SeasonOf_etth1_is_a_day()
    {
        var series = Series.FromCsv(SharedFolder.DataFile("ett/ETTh1.csv"), new CsvOptions { Targets = ["OT"] });
        Assert.Equal(24, ForecastBaselines.SeasonOf(PreparedSeries.Of(series, SplitConfig.Months(12, 4, 4), new WindowConfig())));
    }
}
