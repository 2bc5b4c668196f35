using Carousel.Runtime.Kernels;
using Carousel.Training;

namespace Carousel.Tests.Training;

/// <summary>Runs that stop after a step of choice, as Ctrl-C stops them, and are gone on with.</summary>
internal static class InterruptedRun
{
    /// <summary>Trains in a folder, from its checkpoint if there is one.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="config">How.</param>
    /// <param name="folder">Where.</param>
    /// <param name="stop">The step after which the run is cancelled.</param>
    /// <exception cref="OperationCanceledException">The step was reached before the last one.</exception>
    public static RunSummary Fit(TrainingTask task, TrainingConfig config, string folder, int stop = int.MaxValue)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var run = RunFolder.Open(folder);
        return new Trainer(task, config, run, Workers.Single, new SlowClock()).Fit("same", new Stop(stop, cancellation), cancellation.Token);
    }

    /// <summary>Law 6: a run that was stopped after any step and gone on with ends as one that was never stopped, bit for bit.</summary>
    /// <param name="task">Makes the task anew.</param>
    /// <param name="config">How it is trained.</param>
    /// <param name="folder">Where the runs are kept, the undisturbed one as <c>whole</c>.</param>
    /// <param name="first">The first step to stop after.</param>
    /// <param name="every">Steps from one to the next.</param>
    /// <returns>What the undisturbed run achieved.</returns>
    public static RunSummary AssertSameBits(Func<TrainingTask> task, TrainingConfig config, string folder, int first = 1, int every = 1)
    {
        RunSummary whole = Fit(task(), config, Path.Combine(folder, "whole"));
        Assert.True(first < whole.Steps);
        for (int stop = first; stop < whole.Steps; stop += every)
        {
            string stopped = Path.Combine(folder, $"stopped-{stop}");
            Assert.Throws<OperationCanceledException>(() => Fit(task(), config, stopped, stop));
            RunSummary resumed = Fit(task(), config, stopped);
            Assert.Equal(Model(folder, "whole"), Model(folder, $"stopped-{stop}"));
            Assert.Equal(whole.History.Select(entry => (entry.Step, entry.Score, entry.TrainLoss)), resumed.History.Select(entry => (entry.Step, entry.Score, entry.TrainLoss)));
        }

        return whole;
    }

    /// <summary>The bytes of a run's model.</summary>
    public static byte[] Model(string folder, string run) => File.ReadAllBytes(Path.Combine(folder, run, "model.safetensors"));

    /// <summary>A second passes at every look, so that progress is reported after every step.</summary>
    private sealed class SlowClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => _now += TimestampFrequency;
    }

    private sealed class Stop(int after, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= after)
            {
                source.Cancel();
            }
        }
    }
}
