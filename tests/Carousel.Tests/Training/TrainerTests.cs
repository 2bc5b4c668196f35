using Carousel.Optimizers;
using Carousel.Runtime.Kernels;
using Carousel.Schedules;
using Carousel.Training;

namespace Carousel.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingConfig Config = new()
    {
        Epochs = 6,
        BatchSize = 3,
        Optimizer = new AdamWConfig { LearningRate = 0.01 },
        Averaging = new AveragingConfig { Decay = 0.9 },
        EvaluateEvery = 5,
        Seed = 7,
    };

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void Fit_learns_the_wave()
    {
        RunSummary summary = Train(new SineTask(dropout: 0), Config with { Epochs = 60, Averaging = null });

        Assert.True(summary.Best.Score < 0.05, $"best score {summary.Best.Score}");
        Assert.True(summary.History[0].Score > 2 * summary.Best.Score);
    }

    [Fact]
    public void Fit_uses_every_example_once_per_epoch_in_a_new_order()
    {
        var task = new SineTask();
        Train(task, Config with { Epochs = 2 });

        int[] first = [.. task.Seen.Take(task.Examples)], second = [.. task.Seen.Skip(task.Examples)];
        Assert.Equal(Enumerable.Range(0, task.Examples), first.Order());
        Assert.Equal(Enumerable.Range(0, task.Examples), second.Order());
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_interrupted_after_any_step_and_resumed_gives_the_same_bits(bool carriesState)
    {
        TrainingConfig config = Config with { Epochs = 2, Schedule = new CosineConfig() };
        var whole = new SineTask(carriesState: carriesState);
        RunSummary expected = Train(whole, config, "whole");
        string expectedModel = File.ReadAllText(Path.Combine(_folder, "whole", "model.safetensors"));

        for (int stop = 1; stop < expected.Steps; stop++)
        {
            string name = $"stopped-after-{stop}";
            using var cancellation = new CancellationTokenSource();
            var first = new SineTask(carriesState: carriesState);
            first.Poison = (batch, _) => CancelAt(batch + 1 == stop, cancellation);
            Assert.Throws<OperationCanceledException>(() => Train(first, config, name, stop: cancellation));

            // Another process starts from other weights: all must come from the checkpoint.
            var second = new SineTask(seed: 99, carriesState: carriesState);
            RunSummary resumed = Train(second, config, name, resume: true);

            Assert.Equal(whole.Weights(), second.Weights());
            Assert.Equal(expectedModel, File.ReadAllText(Path.Combine(_folder, name, "model.safetensors")));
            Assert.Equal(expected.History.Select(entry => (entry.Step, entry.Score, entry.TrainLoss, entry.LearningRate)),
                resumed.History.Select(entry => (entry.Step, entry.Score, entry.TrainLoss, entry.LearningRate)));
        }
    }

    [Fact]
    public void Fit_with_one_two_and_three_threads_gives_the_same_bits()
    {
        string[] weights = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            var task = new SineTask();
            Train(task, Config with { Epochs = 1 }, $"threads-{threads}", threads: threads);
            return task.Weights();
        })];

        Assert.Equal(weights[0], weights[1]);
        Assert.Equal(weights[0], weights[2]);
    }

    [Fact]
    public void Fit_carries_state_through_chunks_in_order_and_drops_it_between_epochs()
    {
        var task = new SineTask(carriesState: true);
        Train(task, Config with { Epochs = 2 });

        Assert.Equal([.. Enumerable.Range(0, task.Examples), .. Enumerable.Range(0, task.Examples)], task.Seen);
    }

    [Fact]
    public void Fit_on_a_poisoned_input_names_layer_and_time_step_and_keeps_the_weights()
    {
        var task = new SineTask();
        string before = "";
        task.Poison = (batch, x) =>
        {
            if (batch == 4)
            {
                before = task.Weights();
                x.Values[x.Shape[1] * 7] = float.NaN;
            }
        };

        var e = Assert.Throws<NonFiniteNumberException>(() => Train(task, Config));

        Assert.Equal(5, e.Step);
        Assert.Equal("lstm_l0", e.Origin?.Layer);
        Assert.Equal(7, e.Origin?.TimeStep);
        Assert.Contains("time step 7", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, task.Weights());
    }

    [Fact]
    public void Fit_on_a_poisoned_weight_names_it_with_the_layer_and_the_time_step()
    {
        var task = new SineTask();
        task.Poison = (batch, _) => task.Parameters.Single(entry => entry.Name == "lstm.weight_hh_l1").Parameter.Tensor.Values[3] = batch == 4 ? float.NaN : 0;

        var e = Assert.Throws<NonFiniteNumberException>(() => Train(task, Config));

        Assert.Equal(("lstm_l1", "gates", 0), (e.Origin?.Layer, e.Origin?.Tensor, e.Origin?.TimeStep));
        Assert.Contains("It comes from parameter 'lstm.weight_hh_l1'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_with_gradients_of_small_batches_added_up_is_that_of_large_batches()
    {
        TrainingConfig config = Config with { Epochs = 2, Averaging = null, Optimizer = new SgdConfig { LearningRate = 0.1 } };
        SineTask large = new(dropout: 0), small = new(dropout: 0);
        RunSummary expected = Train(large, config with { BatchSize = 6 }, "large"), actual = Train(small, config with { BatchSize = 2, Accumulate = 3 }, "small");

        Assert.Equal(large.Seen, small.Seen);
        Assert.Equal(expected.Steps, actual.Steps);
        foreach ((HistoryEntry one, HistoryEntry other) in expected.History.Zip(actual.History))
        {
            Assert.Equal(one.TrainLoss, other.TrainLoss, 1e-5);
            Assert.Equal(one.GradientNorm, other.GradientNorm, 1e-5);
        }

        foreach ((float one, float other) in large.Parameters.Zip(small.Parameters).SelectMany(pair => pair.First.Parameter.Tensor.Values.ToArray().Zip(pair.Second.Parameter.Tensor.Values.ToArray())))
        {
            Assert.Equal(one, other, 1e-5);
        }
    }

    [Fact]
    public void Fit_stops_when_patience_runs_out()
    {
        RunSummary summary = Train(new SineTask { FixedScore = 1 }, Config with { Epochs = 50, Patience = 3 });

        Assert.True(summary.StoppedEarly);
        Assert.Equal(4, summary.History.Count);
        Assert.Equal(5, summary.Best.Step);
    }

    [Fact]
    public void Fit_resumed_when_finished_returns_the_same_summary()
    {
        RunSummary first = Train(new SineTask(), Config);
        var task = new SineTask();
        RunSummary second = Train(task, Config, resume: true);

        Assert.Empty(task.Seen);
        Assert.Equal(first.Best.Step, second.Best.Step);
        Assert.Equal(first.History.Count, second.History.Count);
    }

    [Fact]
    public void Fit_resumed_with_another_fingerprint_is_refused()
    {
        Train(new SineTask(), Config);

        var e = Assert.ThrowsAny<Exception>(() => Train(new SineTask(), Config, resume: true, fingerprint: "other"));

        Assert.Contains("another run", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_lists_every_problem()
    {
        var e = Assert.Throws<ArgumentException>(() => Train(new SineTask(), Config with { Epochs = 0, BatchSize = 0, ClipNorm = float.NaN }));

        Assert.Contains("epochs", e.Message, StringComparison.Ordinal);
        Assert.Contains("batch_size", e.Message, StringComparison.Ordinal);
        Assert.Contains("clip_norm", e.Message, StringComparison.Ordinal);
    }

    private static void CancelAt(bool now, CancellationTokenSource source)
    {
        if (now)
        {
            source.Cancel();
        }
    }

    private RunSummary Train(SineTask task, TrainingConfig config, string name = "run", bool resume = false, int threads = 1, string fingerprint = "sine", CancellationTokenSource? stop = null)
    {
        string path = Path.Combine(_folder, name);
        using var workers = new Workers(threads);
        using RunFolder folder = resume ? RunFolder.Open(path) : RunFolder.Create(path);
        return new Trainer(task, config, folder, workers).Fit(fingerprint, progress: null, stop?.Token ?? TestContext.Current.CancellationToken);
    }
}
