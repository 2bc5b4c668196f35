using System.Globalization;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Tests.Benchmarks;

public sealed class InferenceBenchmarkTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);
    private static readonly BenchmarkModel Small = new("small", 6, 5, 2, 3, 4);

    [Fact]
    public void Presets_are_those_of_the_published_comparisons()
    {
        Assert.Equal(["lstm_tiny", "lstm_small", "lstm_med", "lstm_med_deep", "lstm_a", "lstm_b", "lstm_c", "lstm512", "lstm1024", "lstm1536"], BenchmarkModel.Presets.Select(static preset => preset.Name));
        Assert.Equal(new BenchmarkModel("lstm_med_deep", 320, 320, 6, 32, 0), BenchmarkModel.Preset("lstm_med_deep"));
        Assert.Equal(new BenchmarkModel("lstm_b", 250, 200, 3, 1, 100), BenchmarkModel.Preset("lstm_b"));
    }

    [Theory]
    [InlineData("lstm_tiny", nameof(CallMode.Step))]
    [InlineData("lstm_small", nameof(CallMode.Step))]
    [InlineData("lstm_med", nameof(CallMode.Step))]
    [InlineData("lstm_med_deep", nameof(CallMode.Step))]
    [InlineData("lstm_a", nameof(CallMode.Window))]
    [InlineData("lstm_a", nameof(CallMode.Sliding))]
    [InlineData("lstm_b", nameof(CallMode.Sliding))]
    [InlineData("lstm512", nameof(CallMode.Sequence))]
    public void Preset_runs_in_its_modes(string name, string modeName)
    {
        CallMode mode = Enum.Parse<CallMode>(modeName);
        BenchmarkModel preset = BenchmarkModel.Preset(name);
        int batch = mode == CallMode.Sequence ? 3 : 1;
        using var contender = new CarouselContender(new BenchmarkCell(name, preset.Build(), preset, mode, Precisions.Float32, 1, batch, Math.Max(preset.Window, 1)));
        double[] us = contender.Take(3, 0);
        Assert.Equal(3, us.Length);
        Assert.All(us, static value => Assert.True(value > 0));
        Assert.True(double.IsFinite(contender.Checksum) && contender.Checksum > 0, $"outputs sum up to {contender.Checksum}");
    }

    [Fact]
    public void Sliding_window_answers_what_the_whole_window_answers()
    {
        ModelFile file = Small.Build();
        using var whole = new CarouselContender(new BenchmarkCell("small", file, Small, CallMode.Window, Precisions.Float32, 1, 1, 4));
        using var sliding = new CarouselContender(new BenchmarkCell("small", file, Small, CallMode.Sliding, Precisions.Float32, 1, 1, 4));
        Assert.Equal(whole.Checksum, sliding.Checksum);
    }

    [Fact]
    public void Every_precision_of_the_runtime_runs_near_float32()
    {
        ModelFile file = Small.Build();
        double[] checksums = [.. Precisions.Names.Select(precision =>
        {
            var cell = new BenchmarkCell("small", file, Small, CallMode.Step, precision, 1, 1, 1);
            using var contender = new CarouselContender(cell);
            Assert.InRange(cell.WeightBytes(precision), 1, cell.WeightBytes(Precisions.Float32));
            return contender.Checksum;
        })];
        Assert.Equal(Precisions.Float32, Precisions.Names[0]);
        Assert.All(checksums, checksum => Assert.Equal(1, checksum / checksums[0], 0.2));
    }

    [Fact]
    public void Two_threads_give_the_outputs_of_one()
    {
        BenchmarkModel preset = BenchmarkModel.Preset("lstm_small");
        ModelFile file = preset.Build();
        double[] checksums = [.. ((int[])[1, 2]).Select(threads =>
        {
            using var contender = new CarouselContender(new BenchmarkCell(preset.Name, file, preset, CallMode.Step, Precisions.Float32, threads, 1, 1));
            return contender.Checksum;
        })];
        Assert.Equal(checksums[0], checksums[1]);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        using var contender = new CarouselContender(new BenchmarkCell("small", Small.Build(), Small, CallMode.Step, Precisions.Float32, 1, 1, 1));
        contender.Take(100, 0);
        contender.ResetCounts();
        contender.Take(1000, 0);
        Assert.Equal(0, contender.AllocatedBytes);
    }

    [Fact]
    public void Random_numbers_are_those_that_every_engine_makes()
    {
        float[] values = new float[4];
        BenchmarkModel.FillRandom(0, 1, values);

        // Upper 24 bits of the published hash of 0, 1, 2 and 3, computed apart from this code.
        Assert.Equal([-8388608 / 8388608f, -1537648 / 8388608f, 5313313 / 8388608f, -2887191 / 8388608f], values);
        float[] many = new float[100_000];
        BenchmarkModel.FillRandom(3, 0.5f, many);
        Assert.Equal(0, many.Average(), 0.01f);
        Assert.Equal(0.5 * 0.5 / 3, many.Average(static value => value * value), 0.002);
    }

    [Fact]
    public void Weight_bytes_follow_the_precision()
    {
        var cell = new BenchmarkCell("small", Small.Build(), Small, CallMode.Window, Precisions.Float32, 1, 1, 4);

        // Two layers of 20 rows, the first over 6 inputs, both over 5 states; a linear layer of 3 rows.
        int weights = (20 * (6 + 5)) + (20 * (5 + 5)) + (3 * 5), biases = (4 * 20) + 3;
        Assert.Equal(2.0 * 4 * weights, cell.Operations);
        BenchmarkCell step = cell with { Mode = CallMode.Step, Steps = 1 };
        Assert.Equal(4 * (weights + biases), step.WeightBytes("float32"));
        Assert.Equal((2 * weights) + (4 * biases), step.WeightBytes("bfloat16"));
        Assert.Equal(weights + (4 * biases), step.WeightBytes("int8"));

        // A whole window needs its input weights and those of the linear layer once.
        int recurrent = 2 * 20 * 5, recurrentBiases = 2 * 20;
        Assert.Equal((4 * (recurrent + recurrentBiases)) + (4 * (weights - recurrent + biases - recurrentBiases) / 4), cell.WeightBytes("float32"));
    }

    [Fact]
    public void Beside_picks_the_fastest_rival_of_the_precision_and_the_median_of_the_rounds()
    {
        InferenceRow ours = Row("carousel", "float32", [10, 10], [30, 30], [20, 20]);
        InferenceRow beside = ours.Beside([Row("slow", "float32", [99], [99], [99]), Row("best", "float32", [20], [20], [20]), Row("smaller", "int8", [1], [1], [1])]);
        Assert.Equal(("best float32", 1.0), (beside.BestRival, beside.Ratio));
        Assert.Equal("smaller int8", (ours with { Precision = "int8" }).Beside([Row("best", "float32", [20], [20], [20]), Row("smaller", "int8", [1], [1], [1])]).BestRival);
        Assert.Null(ours.Beside([]).Ratio);
    }

    [Fact]
    public void Measure_takes_turns_with_a_rival_that_speaks_the_protocol()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        ModelFile file = Small.Build();
        var cell = new BenchmarkCell("small", file, Small, CallMode.Step, Precisions.Float32, 1, 1, 1);
        double checksum;
        using (var ours = new CarouselContender(cell))
        {
            checksum = ours.Checksum;
        }

        using var folder = new RivalFolder(checksum);
        using var rivals = new RivalCatalog(folder.Path);
        IReadOnlyList<InferenceRow> rows = new InferenceBenchmark(rivals, 10, Budget).Measure([cell], [0], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["carousel", "fake"], rows.Select(static row => row.Engine));
        Assert.Equal(10, rows[0].Calls);
        Assert.Equal(new LatencyFigures(2, 2, 3, 3, 3), rows[1].Figures);
        Assert.Equal("fake float32", rows[0].BestRival);
        Assert.True(rows[0].Ratio > 0);
    }

    [Fact]
    public void Measure_with_a_rival_that_does_other_work_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        using var folder = new RivalFolder(checksum: 1e6);
        using var rivals = new RivalCatalog(folder.Path);
        var cell = new BenchmarkCell("small", Small.Build(), Small, CallMode.Step, Precisions.Float32, 1, 1, 1);
        string message = Assert.Throws<InvalidDataException>(() => new InferenceBenchmark(rivals, 10, Budget).Measure([cell], [0], cancellation: TestContext.Current.CancellationToken)).Message;
        Assert.Contains("did not do the same work", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Measure_of_several_precisions_asks_each_rival_once_and_sets_all_of_them_beside_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        ModelFile file = Small.Build();
        BenchmarkCell[] cells =
        [
            .. from precision in (string[])["float32", "int8"]
               from mode in (CallMode[])[CallMode.Window, CallMode.Sliding]
               select new BenchmarkCell("small", file, Small, mode, precision, 1, 1, 4),
        ];
        double checksum;
        using (var ours = new CarouselContender(cells[0]))
        {
            checksum = ours.Checksum;
        }

        using var folder = new RivalFolder(checksum);
        using var rivals = new RivalCatalog(folder.Path);
        IReadOnlyList<InferenceRow> rows = new InferenceBenchmark(rivals, 10, Budget).Measure(cells, [0, 1], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([.. Enumerable.Repeat("carousel", 8), "fake", "fake"], rows.Select(static row => row.Engine));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], rows.Select(static row => row.SpacedUs));
        Assert.All(rows.Take(8), row => Assert.Same(rows[row.SpacedUs == 0 ? 8 : 9], row.Best));
        Assert.All(rows.Take(8), row => Assert.Equal(row.Cell.Mode == CallMode.Sliding, row.FullWindow is not null));
        Assert.Equal((CallMode.Window, "int8", 1.0), (rows[7].FullWindow!.Cell.Mode, rows[7].FullWindow!.Precision, rows[7].FullWindow!.SpacedUs));
    }

    [Fact]
    public void A_rival_that_cannot_be_the_fastest_takes_part_in_one_round()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        ModelFile file = Small.Build();
        BenchmarkCell[] cells = [.. ((string[])["float32", "int8"]).Select(precision => new BenchmarkCell("small", file, Small, CallMode.Step, precision, 1, 1, 1))];
        double checksum;
        using (var ours = new CarouselContender(cells[0]))
        {
            checksum = ours.Checksum;
        }

        using var folder = new RivalFolder(checksum, ("slow", "float32", 200), ("usual", "float32", 20), ("small", "int8", 1));
        using var rivals = new RivalCatalog(folder.Path);
        IReadOnlyList<InferenceRow> rows = new InferenceBenchmark(rivals, 10, Budget).Measure(cells, [0], cancellation: TestContext.Current.CancellationToken);

        // Beside int8 the usual one is hopeless too, but not beside float32.
        Assert.Equal([("carousel", 5), ("carousel", 5), ("slow", 1), ("usual", 5), ("small", 5)], rows.Select(static row => (row.Engine, row.Rounds.Count)));
        Assert.Equal(["usual float32", "small int8"], rows.Take(2).Select(static row => row.BestRival));
    }

    [Fact]
    public void A_rival_that_does_not_answer_is_ended()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        using var worker = new RivalWorker("sh", ["-c", "echo '{\"engine\": \"stuck\"}'; exec sleep 60"], 1, ".", TimeSpan.FromSeconds(2));
        Assert.Contains("has not answered for 2 s", Assert.Throws<InvalidDataException>(() => worker.Ask([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Estimate_grows_with_the_work_and_counts_the_rivals()
    {
        var cell = new BenchmarkCell("small", Small.Build(), Small, CallMode.Sequence, Precisions.Float32, 1, 1, 50);
        var alone = new InferenceBenchmark(null, 10_000, Budget);
        TimeSpan little = alone.Estimate([cell], [0]).Total, much = alone.Estimate([cell with { Batch = 1 << 24 }], [0]).Total;
        Assert.InRange(little, TimeSpan.FromSeconds(0.4), Budget + TimeSpan.FromSeconds(1));
        Assert.True(much > 10 * Budget, $"{much}");
        using var folder = new RivalFolder(checksum: 1);
        using var rivals = new RivalCatalog(folder.Path);
        Assert.InRange(new InferenceBenchmark(rivals, 10_000, Budget).Estimate([cell with { Batch = 1 << 24 }], [0]).Total / much, 1.9, 2.5);
    }

    [Fact]
    public void Progress_follows_the_estimates_and_the_pace()
    {
        var clock = new FakeClock();
        var reports = new List<ProgressUpdate>();
        var progress = new BenchmarkProgress(new Reports(reports.Add), [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)], clock);
        progress.Of(0, "a").Report(0);
        clock.Now = TimeSpan.FromSeconds(25);
        progress.Of(1, "b").Report(0);
        clock.Now = TimeSpan.FromSeconds(85);
        progress.Of(1, "b").Report(1);
        Assert.Equal([(0, "a"), (0.25, "b"), (1, "b")], reports.Select(static report => (report.Fraction, report.Text)));

        // Ten seconds took 25: with the trust in the estimates, twice as long.
        Assert.Equal([40, 60, 0], reports.Select(static report => report.TimeLeft!.Value.TotalSeconds));
    }

    [Fact]
    public void Calls_that_would_exceed_the_budget_are_made_less_often()
    {
        var cell = new BenchmarkCell("small", Small.Build(), Small, CallMode.Step, Precisions.Float32, 1, 1, 1);
        Assert.Equal(5, new InferenceBenchmark(null, 10_000, TimeSpan.FromTicks(1)).Measure([cell], [0], cancellation: TestContext.Current.CancellationToken)[0].Calls);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(100_000, 2)]
    [InlineData(3_000_000, 1)]
    public void Bandwidth_of_any_working_set_is_measured(long bytes, int threads)
    {
        using var memory = new ReadBandwidth(bytes, threads);
        Assert.InRange(memory.Measure(), 0.1, 1e5);
    }

    private static InferenceRow Row(string engine, string precision, params double[][] rounds) =>
        new(new BenchmarkCell("small", Small.Build(), Small, CallMode.Step, precision, 1, 1, 1), engine, precision, null, 0, rounds, 1, 1, 1, null, null);

    private sealed class Reports(Action<ProgressUpdate> report) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => report(value);
    }

    private sealed class FakeClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    /// <summary>A folder with rivals: shell scripts, whose every call takes 1, 2, then 3 µs of the clock, unless it sleeps for some milliseconds.</summary>
    private sealed class RivalFolder : IDisposable
    {
        public RivalFolder(double checksum)
            : this(checksum, ("fake", "float32", 0))
        {
        }

        public RivalFolder(double checksum, params (string Engine, string Precision, int Milliseconds)[] rivals)
        {
            Path = Directory.CreateTempSubdirectory("carousel-rival-").FullName;
            foreach ((string engine, _, int milliseconds) in rivals)
            {
                string durations = milliseconds > 0 ? $"{milliseconds}000000" : "1000, 2000, 3000", sleep = string.Create(CultureInfo.InvariantCulture, $"sleep {milliseconds / 1e3}; ");
                string answer = string.Create(CultureInfo.InvariantCulture, $"{{\"ns\": [{durations}], \"checksum\": {checksum}}}");
                File.WriteAllText(System.IO.Path.Combine(Path, $"{engine}.sh"),
                    $"echo '{{\"engine\": \"{engine}\", \"version\": \"1\"}}'\nwhile read line; do {(milliseconds > 0 ? sleep : "")}echo '{answer}'; done\n");
            }

            IEnumerable<string> entries = rivals.Select(static rival => $$"""{"command": "sh", "arguments": ["{{rival.Engine}}.sh"], "precisions": ["{{rival.Precision}}"]}""");
            File.WriteAllText(System.IO.Path.Combine(Path, RivalCatalog.FileName), $"[{string.Join(", ", entries)}]");
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
