using System.Globalization;
using System.Text.Json;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Training;

namespace Carousel.Cli.Tests.Benchmarks;

public sealed class TrainingBenchmarkTests
{
    private const string Job = "forecaster";

    [Fact]
    public void Jobs_are_those_of_the_published_comparisons()
    {
        // 6 operations for each weight and row: two layers of 4·200 rows over 200 inputs and 200 states, an output layer of 10,000 rows, 400 words.
        TrainingJob small = TrainingJob.All["lm_small"]();
        Assert.Equal(("words", 400), (small.Unit, small.Items));
        Assert.Equal(6.0 * 400 * ((2 * 800 * 400) + (10_000 * 200)), small.Operations);
        Assert.Equal((10_000 * 200) + (2 * ((800 * 400) + 1600)) + (10_000 * 201), small.Parameters.Sum(static entry => (long)entry.Parameter.Tensor.Length));

        TrainingJob forecaster = TrainingJob.All[Job]();
        Assert.Equal(("samples", 32), (forecaster.Unit, forecaster.Items));
        Assert.Equal(6.0 * 32 * ((96 * 256 * (7 + 64)) + 64), forecaster.Operations);

        TrainingJob translation = TrainingJob.All["seq2seq"]();
        Assert.Equal(("target tokens", 800), (translation.Unit, translation.Items));
        double layers = 2048 * ((256 + 512) + (512 + 512));
        Assert.Equal(6.0 * 32 * ((45 * layers) + (25.0 * 10_000 * 512)), translation.Operations);
    }

    [Fact]
    public void Steps_lower_the_loss()
    {
        using var trainer = new CarouselTrainer(TrainingJob.All[Job](), TrainingPrecision.Float32, 1);
        trainer.Take(1);
        double first = trainer.Loss;
        trainer.Take(3);
        Assert.InRange(first, 0.1, 1);
        Assert.True(trainer.Loss < first, $"the loss went from {first} to {trainer.Loss}");
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void Two_threads_train_as_one_does(TrainingPrecision precision)
    {
        double[] losses = [.. ((int[])[1, 2]).Select(threads =>
        {
            using var trainer = new CarouselTrainer(TrainingJob.All[Job](), precision, threads);
            trainer.Take(4);
            return trainer.Loss;
        })];
        Assert.Equal(losses[0], losses[1]);
    }

    [Fact]
    public async Task Training_as_json_has_the_fields_of_the_contract()
    {
        CommandRun run = await CommandRun.Of("bench", "training", "--job", Job, "--precision", "float32", "bf16", "--threads", "1", "--seconds", "0.01", "--profile", "--json");
        Assert.True(run.ExitCode == ExitCode.Done, run.Messages);
        JsonElement[] rows = [.. run.Document.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["float32", "bf16"], rows.Select(static row => row.GetProperty("precision").GetString()));
        foreach (JsonElement row in rows)
        {
            Assert.Equal((Job, "carousel", 1), (row.GetProperty("job").GetString(), row.GetProperty("engine").GetString(), row.GetProperty("threads").GetInt32()));
            Assert.Equal(32 / row.GetProperty("us_per_step").GetDouble() * 1e6, row.GetProperty("items_per_second").GetDouble(), 1e-3);
            Assert.True(row.GetProperty("gflops").GetDouble() > 0);
            Assert.True(row.GetProperty("limit_fraction").GetDouble() > 0);
            Assert.InRange(row.GetProperty("peak_bytes").GetInt64(), 1L << 20, 1L << 36);
            Assert.True(row.GetProperty("allocated_bytes_per_step").GetDouble() >= 0);
            Assert.Equal(1, row.GetProperty("profile").EnumerateObject().Sum(static part => part.Value.GetDouble()), 1e-9);
            Assert.True(row.GetProperty("profile").GetProperty("recurrent_backward").GetDouble() > 0);
        }
    }

    [Fact]
    public void Rival_with_the_same_loss_takes_turns_and_the_faster_of_one_name_stands_for_both()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        using var folder = new TrainerFolder(LossAfterThreeSteps(), 9_000_000_000, 4_000_000_000);
        IReadOnlyList<TrainingRow> rows = new TrainingBenchmark(folder.Path, TimeSpan.FromTicks(1)).Measure(Job, [TrainingPrecision.Float32], 1, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["carousel", "fake"], rows.Select(static row => row.Engine));
        Assert.Equal((4e6, "slowness 4000000000"), (rows[1].UsPerStep, rows[1].Kernel));
        Assert.Same(rows[1], rows[0].Best);
        Assert.True(rows[0].RateRatio > 1, $"{rows[0].RateRatio}");
    }

    [Fact]
    public void Rival_with_another_loss_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the worker of this test is a shell script");
        using var folder = new TrainerFolder(2 * LossAfterThreeSteps(), 1_000_000);
        string message = Assert.Throws<InvalidDataException>(() =>
            new TrainingBenchmark(folder.Path, TimeSpan.FromTicks(1)).Measure(Job, [TrainingPrecision.Float32], 1, cancellation: TestContext.Current.CancellationToken)).Message;
        Assert.Contains("did not do the same work", message, StringComparison.Ordinal);
    }

    private static double LossAfterThreeSteps()
    {
        using var trainer = new CarouselTrainer(TrainingJob.All[Job](), TrainingPrecision.Float32, 1);
        trainer.Take(3);
        return trainer.Loss;
    }

    /// <summary>A folder with rivals of one name: shell scripts that answer with a loss and a duration of their own.</summary>
    private sealed class TrainerFolder : IDisposable
    {
        public TrainerFolder(double loss, params long[] ns)
        {
            Path = Directory.CreateTempSubdirectory("carousel-trainer-").FullName;
            File.WriteAllText(System.IO.Path.Combine(Path, "worker.sh"),
                "echo \"{\\\"engine\\\": \\\"fake\\\", \\\"kernel\\\": \\\"slowness $1\\\"}\"\nwhile read line; do echo \"{\\\"ns\\\": [$1], \\\"loss\\\": $2}\"; done\n");
            string entries = string.Join(", ", ns.Select(each => string.Create(CultureInfo.InvariantCulture, $$"""{"command": "sh", "arguments": ["worker.sh", "{{each}}", "{{loss:R}}"], "precisions": ["float32"]}""")));
            File.WriteAllText(System.IO.Path.Combine(Path, TrainingBenchmark.FileName), $"[{entries}]");
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
