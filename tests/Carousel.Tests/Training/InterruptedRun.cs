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
