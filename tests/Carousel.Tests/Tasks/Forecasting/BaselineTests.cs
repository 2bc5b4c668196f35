using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting;
using Carousel.Tasks.Forecasting.Baselines;

namespace Carousel.Tests.Tasks.Forecasting;

public sealed class BaselineTests
{
    private static readonly double[] Wave = [.. Enumerable.Range(0, 200).Select(t => (0.1 * t) + (3 * Math.Sin(2 * Math.PI * t / 12)) + Math.Cos(t * t))];

    [Fact]
    public void Naive_drift_and_seasonal_naive_give_hand_made_forecasts()
    {
        PreparedSeries data = Prepare([1, 5, 2, 6, 3, 7, 4, 8, 5, 9, 6, 10], SplitConfig.Rows(8, 2, 2), 3, 2);
        // The one test window forecasts rows 10 and 11 from rows 7, 8, 9: 8 5 9.
        Assert.Equal([9, 9], Unscaled(new NaiveBaseline(), data));
        Assert.Equal([9.5, 10], Unscaled(new DriftBaseline(), data));
        Assert.Equal([5, 9], Unscaled(new SeasonalNaiveBaseline(2), data));
        Assert.Equal([8, 5], Unscaled(new SeasonalNaiveBaseline(3), data));
        Assert.Equal([9, 9], Unscaled(new SeasonalNaiveBaseline(1), data));
    }

    [Fact]
    public void Baselines_of_several_targets_forecast_each_from_its_own_past()
    {
        var series = Series.Of("x", [("a", Wave), ("b", [.. Wave.Select(value => -2 * value)])], targets: 2);
        PreparedSeries both = PreparedSeries.Of(series, SplitConfig.Rows(140, 30, 30), new WindowConfig { Length = 13, Horizon = 3 });
        PreparedSeries alone = Prepare(Wave, SplitConfig.Rows(140, 30, 30), 13, 3);
        IReadOnlyList<IForecastBaseline> baselines = ForecastBaselines.Fit(both, 12), single = ForecastBaselines.Fit(alone, 12);
        Assert.Equal(["naive", "seasonal_naive", "drift", "linear"], baselines.Select(baseline => baseline.Name));
        for (int i = 0; i < baselines.Count; i++)
        {
            float[] pair = new float[6], one = new float[3];
            baselines[i].Predict(both.Test, 5, pair);
            single[i].Predict(alone.Test, 5, one);
            Assert.Equal(one, new[] { pair[0], pair[2], pair[4] });
            Assert.Equal(one.Select(value => -value), new[] { pair[1], pair[3], pair[5] }, (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    [Fact]
    public void LagMoments_equal_sums_over_windows_laid_out_one_by_one()
    {
        const int Length = 7, Horizon = 4;
        var moments = new LagMoments(Wave, Length, Horizon);
        int windows = Wave.Length - Length - Horizon + 1;
        Assert.Equal(windows, moments.Windows);
        for (int i = 0; i < Length + Horizon; i++)
        {
            Assert.Equal(Enumerable.Range(0, windows).Average(o => Relative(o, i)), moments.Mean(i), 9);
            for (int j = 0; j < Length + Horizon; j++)
            {
                Assert.Equal(Enumerable.Range(0, windows).Average(o => Relative(o, i) * Relative(o, j)), moments.Product(i, j), 8);
            }
        }

        static double Relative(int start, int i) => Wave[start + i] - Wave[start + Length - 1];
    }

    [Fact]
    public void Cholesky_solves_what_it_factored()
    {
        double[] a = [4, 0, 0, 2, 5, 0, -2, 1, 6], b = [4 + 4 - 6, 2 + 10 + 3, -2 + 2 + 18]; // A·(1, 2, 3)
        Assert.True(Cholesky.TryFactor(a, 3));
        Cholesky.Solve(a, 3, b, 1);
        Assert.Equal([1.0, 2, 3], b.Select(value => Math.Round(value, 12)));
        Assert.False(Cholesky.TryFactor([1, 0, 2, 1], 2));
    }

    [Fact]
    public void Linear_learns_a_rule_that_is_linear()
    {
        // x_t = 1.5·x_{t−1} − 0.9·x_{t−2}: two coefficients below the surface of any window of three or more.
        double[] values = new double[300];
        (values[0], values[1]) = (1, 0.7);
        for (int t = 2; t < values.Length; t++)
        {
            values[t] = (1.6 * values[t - 1]) - (0.99999 * values[t - 2]);
        }

        PreparedSeries data = Prepare(values, SplitConfig.Rows(200, 50, 50), 8, 4);
        var model = new ForecasterConfig { Window = 8, Horizon = 4, Targets = ["a"] };
        Assert.True(ForecastTraining.EvaluateBaselines(data, data.Test, model).Single(baseline => baseline.Name == "linear").Metrics["mse"] < 1e-6);
    }

    [Fact]
    public void Linear_values_of_the_test_part_never_change_the_fit()
    {
        double[] changed = Wave.ToArray();
        changed[190] = 1e3;
        PreparedSeries before = Prepare(Wave, SplitConfig.Rows(140, 30, 30), 13, 3), after = Prepare(changed, SplitConfig.Rows(140, 30, 30), 13, 3);
        float[] one = new float[3], other = new float[3];
        LinearBaseline.Fit(before).Predict(before.Test, 0, one);
        LinearBaseline.Fit(after).Predict(after.Test, 0, other);
        Assert.Equal(one, other);
    }

    [Fact]
    public void Linear_window_of_one_value_forecasts_the_mean_step()
    {
        double[] rising = [.. Enumerable.Range(0, 60).Select(t => 2.0 * t)];
        PreparedSeries data = Prepare(rising, SplitConfig.Rows(40, 10, 10), 1, 2);
        Assert.Equal([100, 102], Unscaled(LinearBaseline.Fit(data), data), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Theory]
    [InlineData(12, 31)]
    [InlineData(24, 0)]
    public void Detect_finds_the_season_with_and_without_dates(int season, int stepDays)
    {
        double[] values = [.. Enumerable.Range(0, 400).Select(t => t + (50 * Math.Sin(2 * Math.PI * t / season)))];
        Assert.Equal(season, SeasonDetector.Detect(values, stepDays == 0 ? null : TimeSpan.FromDays(stepDays)));
    }

    [Fact]
    public void Detect_line_noise_random_walk_or_few_values_have_no_season()
    {
        var random = new Random(3);
        Assert.Equal(1, SeasonDetector.Detect([.. Enumerable.Range(0, 300).Select(t => 0.1 * t)], TimeSpan.FromHours(1)));
        Assert.Equal(1, SeasonDetector.Detect([.. Enumerable.Range(0, 300).Select(_ => random.NextDouble())], TimeSpan.FromHours(1)));
        double level = 0;
        Assert.Equal(1, SeasonDetector.Detect([.. Enumerable.Range(0, 3000).Select(_ => level += random.NextDouble() - 0.5)], TimeSpan.FromHours(1)));
        Assert.Equal(1, SeasonDetector.Detect([1, 2, 3, 4], null));
        Assert.Equal(1, SeasonDetector.Detect([], null));
    }

    [Fact]
    public void Detect_airline_passengers_repeat_after_twelve_months()
    {
        Series series = AirlinePassengers.Load();
        Assert.Equal(12, SeasonDetector.Detect(series[0], series.Step));
        Assert.Equal(12, SeasonDetector.Detect(series[0], null));
    }

    private static PreparedSeries Prepare(double[] values, SplitConfig split, int length, int horizon) =>
        PreparedSeries.Of(Series.Of("x.csv", [("a", values)]), split, new WindowConfig { Length = length, Horizon = horizon });

    private static double[] Unscaled(IForecastBaseline baseline, PreparedSeries data)
    {
        float[] forecast = new float[data.Test.Config.Horizon];
        double[] values = new double[forecast.Length];
        baseline.Predict(data.Test, 0, forecast);
        data.Scaler.Unscale(forecast, values, 1);
        return [.. values.Select(value => Math.Round(value, 4))];
    }
}
