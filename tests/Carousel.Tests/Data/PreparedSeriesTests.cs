using Carousel.Data;

namespace Carousel.Tests.Data;

public sealed class PreparedSeriesTests
{
    private static readonly WindowConfig Window = new() { Length = 4, Horizon = 2 };

    [Fact]
    public void Resolve_fractions_that_add_up_to_one_use_every_row() => Assert.Equal(
        new SeriesSplit(new(0, 7), new(7, 8), new(8, 10)), SplitConfig.Fractions(0.7, 0.1, 0.2).Resolve(Numbers(10)));

    [Fact]
    public void Resolve_months_count_thirty_days_by_the_step_of_the_dates()
    {
        DateTime[] hours = [.. Enumerable.Range(0, 3000).Select(hour => new DateTime(2020, 1, 1).AddHours(hour))];
        var series = Series.Of("x", [("a", new double[3000])], timestamps: hours);
        Assert.Equal(new SeriesSplit(new(0, 1440), new(1440, 2160), new(2160, 2880)), SplitConfig.Months(2, 1, 1).Resolve(series));
        Assert.Equal(new RowRange(0, 108), SplitConfig.Months(108, 12, 24).Resolve(AirlinePassengers.Load()).Train);
    }

    [Fact]
    public void Resolve_months_without_dates_is_refused() =>
        Assert.Contains("column of dates", Assert.Throws<DataFileException>(() => SplitConfig.Months(2, 1, 1).Resolve(Numbers(10))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(8, 2, 2)]
    [InlineData(11, 1, 1)]
    public void Resolve_more_rows_than_there_are_is_refused(int train, int valid, int test) =>
        Assert.Contains($"10 rows, but the split asks for {train} to train", Assert.Throws<DataFileException>(() => SplitConfig.Rows(train, valid, test).Resolve(Numbers(10))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(SplitUnit.Fraction, 0.7, 0.3, 0.3)]
    [InlineData(SplitUnit.Fraction, 0.7, 0, 0.3)]
    [InlineData(SplitUnit.Rows, 1.5, 1, 1)]
    [InlineData(SplitUnit.Months, double.NaN, 1, 1)]
    public void Validate_wrong_sizes_are_listed(SplitUnit unit, double train, double valid, double test) =>
        Assert.Single(new SplitConfig { Unit = unit, Train = train, Valid = valid, Test = test }.Validate());

    [Fact]
    public void Windows_forecast_only_their_own_part_and_look_back_into_the_one_before()
    {
        PreparedSeries data = PreparedSeries.Of(Numbers(20), SplitConfig.Rows(10, 5, 5), Window);
        Assert.Equal(5, data.Train.Count);
        Assert.Equal((0, 4, 4, 8), (data.Train.Start(0), data.Train.Origin(0), data.Train.Start(4), data.Train.Origin(4)));
        Assert.Equal(4, data.Valid.Count);
        Assert.Equal((6, 10, 13), (data.Valid.Start(0), data.Valid.Origin(0), data.Valid.Origin(3)));
        Assert.Equal((15, 18), (data.Test.Origin(0), data.Test.Origin(data.Test.Count - 1)));
    }

    [Fact]
    public void Windows_stride_thins_training_only()
    {
        PreparedSeries data = PreparedSeries.Of(Numbers(20), SplitConfig.Rows(10, 5, 5), Window with { Stride = 2 });
        Assert.Equal([4, 6, 8], Enumerable.Range(0, data.Train.Count).Select(data.Train.Origin));
        Assert.Equal(4, data.Valid.Count);
    }

    [Fact]
    public void FillInputs_and_FillTargets_lay_batches_out_time_first_without_allocating()
    {
        double[] a = [.. Enumerable.Range(0, 20).Select(i => (double)i)], b = [.. a.Select(value => value * value)];
        PreparedSeries data = PreparedSeries.Of(Series.Of("x", [("a", a), ("b", b)]), SplitConfig.Rows(10, 5, 5), Window);
        int[] chosen = [4, 0, 2];
        float[] inputs = new float[4 * 3 * 2], targets = new float[2 * 3 * 1];
        data.Train.FillInputs(chosen, inputs);
        data.Train.FillTargets(chosen, targets);
        for (int window = 0; window < 3; window++)
        {
            for (int t = 0; t < 4; t++)
            {
                Assert.Equal((float)data.Scaler.Scale(a[chosen[window] + t], 0), inputs[(((t * 3) + window) * 2) + 0]);
                Assert.Equal((float)data.Scaler.Scale(b[chosen[window] + t], 1), inputs[(((t * 3) + window) * 2) + 1]);
            }

            for (int h = 0; h < 2; h++)
            {
                Assert.Equal((float)data.Scaler.Scale(a[chosen[window] + 4 + h], 0), targets[(h * 3) + window]);
            }
        }

        long mark = Allocations.Mark();
        for (int repeat = 0; repeat < 100; repeat++)
        {
            data.Train.FillInputs(chosen, inputs);
            data.Train.FillTargets(chosen, targets);
        }

        Assert.Equal(0, Allocations.Since(mark));
    }

    [Fact]
    public void FillInputs_batch_of_another_size_is_refused()
    {
        PreparedSeries data = PreparedSeries.Of(Numbers(20), SplitConfig.Rows(10, 5, 5), Window);
        Assert.Contains("expected 4", Assert.Throws<ArgumentException>(() => data.Train.FillInputs([0], new float[5])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.Train.Inputs(5));
    }

    [Fact]
    public void Of_values_after_the_training_part_never_touch_scaler_or_training_windows()
    {
        double[] values = [.. Enumerable.Range(0, 40).Select(i => Math.Sin(i))];
        PreparedSeries before = PreparedSeries.Of(Series.Of("x", [("a", values)]), SplitConfig.Rows(20, 10, 10), Window);
        for (int row = 20; row < 40; row++)
        {
            double[] changed = values.ToArray();
            changed[row] = 1e6;
            PreparedSeries after = PreparedSeries.Of(Series.Of("x", [("a", changed)]), SplitConfig.Rows(20, 10, 10), Window);
            Assert.Equal(before.Scaler, after.Scaler);
            Assert.Equal(Everything(before.Train), Everything(after.Train));
            if (row >= 30)
            {
                Assert.Equal(Everything(before.Valid), Everything(after.Valid));
            }
        }
    }

    [Theory]
    [InlineData(18, 22)] // a gap from the training part into the validation part
    [InlineData(18, 20)] // a gap that ends with the training part: its other neighbour is a validation value
    [InlineData(28, 32)]
    [InlineData(18, 32)]
    public void Of_interpolated_gap_across_a_boundary_does_not_leak(int start, int end)
    {
        PreparedSeries Prepare(double after)
        {
            IEnumerable<string> rows = Enumerable.Range(0, 40).Select(row => row >= start && row < end ? "NA" : row == end ? $"{after}" : $"{row % 5}");
            var series = Series.FromCsv(new StringReader("OT\n" + string.Join('\n', rows)), "x.csv", new CsvOptions { Missing = MissingRule.Interpolate, Targets = ["OT"] });
            return PreparedSeries.Of(series, SplitConfig.Rows(20, 10, 10), Window);
        }

        PreparedSeries low = Prepare(0), high = Prepare(1000);
        Assert.Equal(low.Scaler, high.Scaler);
        Assert.Equal(Everything(low.Train), Everything(high.Train));
        if (end >= 30)
        {
            Assert.Equal(Everything(low.Valid), Everything(high.Valid));
        }
    }

    [Fact]
    public void Of_scaler_has_population_deviation_of_the_training_part()
    {
        PreparedSeries data = PreparedSeries.Of(Numbers(20), SplitConfig.Rows(10, 5, 5), Window);
        Assert.Equal(4.5, data.Scaler.Means[0], 12);
        Assert.Equal(Math.Sqrt(8.25), data.Scaler.Deviations[0], 12);
    }

    [Fact]
    public void Of_constant_target_is_refused_and_constant_covariate_scaled_to_zero_with_a_warning()
    {
        double[] constant = [.. Enumerable.Repeat(0.1, 20)], rising = [.. Enumerable.Range(0, 20).Select(i => (double)i)];
        constant[19] = 7;
        var failure = Assert.Throws<DataFileException>(() => PreparedSeries.Of(Series.Of("x.csv", [("OT", constant)]), SplitConfig.Rows(10, 5, 5), Window));
        Assert.StartsWith("x.csv, column 'OT': the target is 0.1 in every row of the training part", failure.Message, StringComparison.Ordinal);

        PreparedSeries data = PreparedSeries.Of(Series.Of("x.csv", [("OT", rising), ("flat", constant)]), SplitConfig.Rows(10, 5, 5), Window);
        Assert.Equal(0, data.Test.Value(19, 1));
        Assert.Contains("covariate 'flat' is constant", Assert.Single(data.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 5, 5, "the training part has 5 rows, but needs 6 or more for a window of 4 and a horizon of 2")]
    [InlineData(10, 1, 5, "the validation part has 1 rows, but needs 2 or more for a horizon of 2")]
    [InlineData(10, 5, 1, "the test part has 1 rows, but needs 2 or more for a horizon of 2")]
    public void Of_part_too_short_for_a_window_names_the_part_and_the_need(int train, int valid, int test, string message) =>
        Assert.Contains(message, Assert.Throws<DataFileException>(() => PreparedSeries.Of(Numbers(20), SplitConfig.Rows(train, valid, test), Window)).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_scaler_of_another_series_is_refused() => Assert.Throws<ArgumentException>(
        () => PreparedSeries.Of(Numbers(20), SplitConfig.Rows(10, 5, 5), Window, new(["b"], [0], [1])));

    [Fact]
    public void FromCsv_etth1_has_the_published_rows_and_split()
    {
        var series = Series.FromCsv(SharedFolder.DataFile("ett/ETTh1.csv"), new CsvOptions { Targets = ["OT"], AllCovariates = true });
        Assert.Equal(17_420, series.Rows);
        Assert.Equal(["OT", "HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL"], series.Columns);
        Assert.Equal(TimeSpan.FromHours(1), series.Step);
        PreparedSeries data = PreparedSeries.Of(series, SplitConfig.Months(12, 4, 4), new WindowConfig { Length = 96, Horizon = 24 });
        Assert.Equal((8640, 2880, 2880), (data.Split.Train.Count, data.Split.Valid.Count, data.Split.Test.Count));
        Assert.Equal((8640 - 96 - 24 + 1, 2880 - 24 + 1, 2880 - 24 + 1), (data.Train.Count, data.Valid.Count, data.Test.Count));
    }

    private static Series Numbers(int rows) => Series.Of("x.csv", [("a", [.. Enumerable.Range(0, rows).Select(i => (double)i)])]);

    private static float[] Everything(Windows windows) =>
        [.. Enumerable.Range(0, windows.Count).SelectMany(window =>
        {
            float[] targets = new float[windows.Config.Horizon * windows.Targets];
            windows.FillTargets([window], targets);
            return windows.Inputs(window).ToArray().Concat(targets);
        })];
}
