using Carousel.Cli.Output;
using Carousel.Reports;
using Carousel.Runtime.Kernels;
using Carousel.Training;

namespace Carousel.Cli.Tasks;

/// <summary>Training with progress on the console and a report at its end, whatever the task.</summary>
internal static class ConsoleTraining
{
    /// <summary>Trains and writes the report.</summary>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="output">Where to show the progress.</param>
    /// <param name="train">Trains; it is for this to stop when it is cancelled.</param>
    /// <param name="report">Gathers the report of what came of it, with the time at which the run ended.</param>
    public static Task<T> RunAsync<T>(RunFolder folder, int threads, CommandOutput output, Func<TrainingRun, T> train, Func<T, DateTimeOffset, TrainingReport> report) =>
        output.WithProgressAsync("training", progress => Task.Run(() =>
        {
            using var workers = new Workers(threads);
            T result = train(new TrainingRun(folder, workers, new ProgressText(progress)));
            folder.WriteReport(ReportPage.Render(report(result, TimeProvider.System.GetLocalNow())));
            return result;
        }));
}
