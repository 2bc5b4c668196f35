using System.Diagnostics;
using System.Text.Json;
using Carousel.Autograd;
using Carousel.Runtime.Kernels;
using Carousel.Training;

namespace Carousel.Benchmarks;

/// <summary>Carousel's side of bench/comparison: reads one JSON command per line and answers one JSON line (bench/comparison/README.md, "Protocol").</summary>
internal sealed class ComparisonWorker(int threads, TrainingPrecision precision, TextReader commands, TextWriter answers)
{
    private const double WarmUpSeconds = 0.5;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    /// <summary>Answers until the commands end.</summary>
    public void Run()
    {
        using var workers = new Workers(threads);
        KernelSet kernels = TrainingKernels.Of(precision);
        var jobs = new Dictionary<string, LstmJob>();
        Answer(new { engine = "carousel", version = $"{typeof(Tape).Assembly.GetName().Version?.ToString(3)}, {kernels.Name} kernels" });
        while (commands.ReadLine() is { } line)
        {
            Command command = JsonSerializer.Deserialize<Command>(line, Json) ?? throw new FormatException($"'{line}' is not a command");
            if (!jobs.TryGetValue(command.Job, out LstmJob? job))
            {
                jobs[command.Job] = job = new LstmJob(command.Lstms, workers, kernels);
                Measure(job, WarmUpSeconds);
            }

            List<double> samples = Measure(job, command.Seconds);
            Answer(new { job = command.Job, us = Median(samples), runs = samples.Count, checksum = job.Checksum() });
        }
    }

    /// <summary>Times of single passes in µs, for about this long and at least three times.</summary>
    private static List<double> Measure(LstmJob job, double seconds)
    {
        var samples = new List<double>();
        GC.Collect();
        long begin = Stopwatch.GetTimestamp();
        while (samples.Count < 3 || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
        {
            long start = Stopwatch.GetTimestamp();
            job.Run();
            samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return samples;
    }

    private static double Median(List<double> samples)
    {
        samples.Sort();
        int middle = samples.Count / 2;
        return samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
    }

    private void Answer(object answer)
    {
        answers.WriteLine(JsonSerializer.Serialize(answer));
        answers.Flush();
    }

    private sealed record Command(string Job, LstmShape[] Lstms, double Seconds);
}
