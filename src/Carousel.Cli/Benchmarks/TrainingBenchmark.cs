using Carousel.Runtime.Kernels;
using Carousel.Training;

namespace Carousel.Cli.Benchmarks;

/// <summary>Times whole training steps of Carousel and its rivals in <see cref="Turns"/>.</summary>
/// <param name="rivals">Folder with the list of rivals, or null for none.</param>
/// <param name="budget">What the measured steps of one engine may take; one step a round is taken in any case.</param>
internal sealed class TrainingBenchmark(string? rivals, TimeSpan budget)
{
    /// <summary>Name of the list of rivals.</summary>
    public const string FileName = "training_rivals.json";

    // Steps before anything is measured: buffers are there, compilers are through, and the losses of all engines are compared after them.
    private const int FirstSteps = 3;

    // Rounding differs, and grows with every step.
    private static readonly Dictionary<string, double> Tolerances = new() { [Precisions.Float32] = 1e-4, [CarouselTrainer.BFloat16] = 0.02 };

    /// <summary>Measures one job.</summary>
    /// <param name="name">Its name in <see cref="TrainingJob.All"/>.</param>
    /// <param name="precisions">Precisions to train in ourselves.</param>
    /// <param name="threads">Threads that share a step.</param>
    /// <param name="progress">Told the share that is done, or null.</param>
    /// <param name="cancellation">Looked at between turns.</param>
    /// <returns>Carousel's row for each precision, then those of the rivals.</returns>
    /// <exception cref="InvalidDataException">A rival's loss is another one, or it ended.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public IReadOnlyList<TrainingRow> Measure(string name, IReadOnlyList<TrainingPrecision> precisions, int threads, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        Func<TrainingJob> make = TrainingJob.All[name];
        long[] peaks = [.. precisions.Select(precision => CarouselTrainer.PeakOf(make, precision, threads, FirstSteps))];
        ProcessMemory.Restart();
        var contenders = new List<TrainingContender>();
        Dictionary<string, MultiplyAddPeak> limits = [];
        try
        {
            contenders.AddRange(precisions.Select(precision => new CarouselTrainer(make(), precision, threads)));
            double[] first = [.. contenders.Select(StepSeconds)];
            List<(TrainingContender Rival, double Seconds)> fastest = Rivals(name, threads, contenders[0], cancellation);
            contenders.AddRange(fastest.Select(static entry => entry.Rival));
            foreach (TrainingContender contender in contenders)
            {
                limits.TryAdd(contender.Precision, new MultiplyAddPeak(contender is CarouselTrainer trainer ? trainer.Kernels : KernelCatalog.Selected, threads));
            }

            List<double[]>[] durations = Contest(contenders, [.. first, .. fastest.Select(static entry => entry.Seconds)], limits.Values, progress, cancellation);

            TrainingJob job = make();
            TrainingRow[] rows = [.. contenders.Select((contender, i) => new TrainingRow(
                name, job.Unit, job.Items, job.Operations, threads, contender.Engine, contender.Precision, contender.Kernel, durations[i], limits[contender.Precision].Gops, i < peaks.Length ? peaks[i] : contender.PeakBytes,
                contender.AllocatedBytesPerStep, contender is CarouselTrainer ours ? TrainingProfile.Of(ours.Profile) : null))];
            return [.. rows.Select((row, i) => i < peaks.Length ? row.Beside(rows) : row)];
        }
        finally
        {
            contenders.ForEach(static contender => contender.Dispose());
            Array.ForEach([.. limits.Values], static limit => limit.Dispose());
        }
    }

    private List<double[]>[] Contest(List<TrainingContender> contenders, double[] stepSeconds, IEnumerable<MultiplyAddPeak> limits, IProgress<double>? progress, CancellationToken cancellation)
    {
        int[] counts = [.. stepSeconds.Select(seconds => (int)Math.Max(budget.TotalSeconds / Turns.Rounds / seconds, 1))];
        List<double[]>[] durations = [.. contenders.Select(static _ => new List<double[]>())];
        contenders.ForEach(static contender => contender.ResetCounts());
        Turns.Run(contenders.Count, () => Array.ForEach([.. limits], static limit => limit.Measure()), TakeTurn, progress, cancellation);
        return durations;

        void TakeTurn(int who)
        {
            contenders[who].Take(1);
            durations[who].Add(contenders[who].Take(counts[who]));
        }
    }

    // Entries of one engine and precision, such as one library under several BLAS, are represented by the fastest.
    private List<(TrainingContender Rival, double Seconds)> Rivals(string name, int threads, TrainingContender ours, CancellationToken cancellation)
    {
        var fastest = new List<(TrainingContender Rival, double Seconds)>();
        string folder = Path.GetFullPath(rivals ?? ".");
        foreach (RivalEntry entry in rivals is null ? [] : RivalEntry.ReadAll(Path.Combine(folder, FileName)))
        {
            foreach (string precision in entry.Precisions)
            {
                cancellation.ThrowIfCancellationRequested();
                var rival = new RivalTrainer(entry.Start(threads, folder), name, precision);
                double seconds = StepSeconds(rival);
                ThrowIfDifferent(name, ours, rival);
                int same = fastest.FindIndex(other => (other.Rival.Engine, other.Rival.Precision) == (rival.Engine, rival.Precision));
                if (same < 0)
                {
                    fastest.Add((rival, seconds));
                }
                else
                {
                    (fastest[same].Seconds > seconds ? fastest[same].Rival : rival).Dispose();
                    fastest[same] = fastest[same].Seconds > seconds ? (rival, seconds) : fastest[same];
                }
            }
        }

        return fastest;
    }

    private static void ThrowIfDifferent(string name, TrainingContender ours, TrainingContender rival)
    {
        double difference = Math.Abs((rival.Loss / ours.Loss) - 1), allowed = Tolerances[ours.Precision] + Tolerances[rival.Precision];
        if (!(difference <= allowed))
        {
            throw new InvalidDataException($"{name}: after {FirstSteps} steps the loss of {rival.Engine} ({rival.Precision}) is {rival.Loss:G6}, that of Carousel ({ours.Precision}) {ours.Loss:G6}: "
                + "they did not do the same work");
        }
    }

    private static double StepSeconds(TrainingContender contender) => contender.Take(FirstSteps).Min() * 1e-6;
}
