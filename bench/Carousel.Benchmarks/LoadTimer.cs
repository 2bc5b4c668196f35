using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Carousel.Jit;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Benchmarks;

/// <summary>
/// How long a program waits for its model: the first <see cref="CompiledModel.Load(string, CompileOptions?)"/> of a process, for which .NET compiles the code that
/// loads, and the second one, which is the work itself. In many processes; wall time, and the processor time of all threads, which the machine's other work disturbs less.
/// </summary>
internal static class LoadTimer
{
    private const int Processes = 20;

    /// <summary>Loads a file in fresh processes, precision after precision, and prints the median and the spread.</summary>
    /// <param name="path">A model file.</param>
    /// <param name="output">Where the table goes.</param>
    public static void Run(string path, TextWriter output)
    {
        string[] kernels = ["built-in", "emitted"];
        (Precision Precision, string Kernels)[] settings = [.. Enum.GetValues<Precision>().SelectMany(precision => kernels.Select(set => (precision, set)))];
        List<double[]>[] samples = [.. settings.Select(_ => new List<double[]>())];

        // In turns, so that whatever else the machine does meets all alike.
        for (int round = 0; round < Processes; round++)
        {
            for (int at = 0; at < settings.Length; at++)
            {
                samples[at].Add(InOwnProcess(path, settings[at].Precision, settings[at].Kernels));
            }
        }

        output.WriteLine($"{Path.GetFileName(path)}, {new FileInfo(path).Length:N0} bytes, median of {Processes} processes (fastest … slowest), ms");
        output.WriteLine("precision   kernels    first load             processor time         second load            processor time         first step");
        foreach (((Precision precision, string set), List<double[]> times) in settings.Zip(samples))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{precision,-11} {set,-10} {Spread(times, 0),-22} {Spread(times, 1),-22} {Spread(times, 2),-22} {Spread(times, 3),-22} {Spread(times, 4)}"));
        }
    }

    /// <summary>What one of the processes does: loads twice, takes a step, and prints wall and processor time of each load, and the wall time of the step, in ms.</summary>
    public static void RunOnce(string path, Precision precision, string kernels, TextWriter output)
    {
        if (kernels == "emitted")
        {
            JitKernels.Register();
        }

        var options = new CompileOptions { Precision = precision };
        CompiledModel? model = null;
        Milliseconds(() => { });
        (double first, double firstProcessor) = Milliseconds(() => CompiledModel.Load(path, options).Dispose());
        (double second, double secondProcessor) = Milliseconds(() => model = CompiledModel.Load(path, options));
        using ModelStream stream = model!.OpenStream();
        float[] x = new float[model.InputSize], y = new float[model.OutputSize];
        (double step, _) = Milliseconds(() => stream.Step(x, y));
        model.Dispose();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first} {firstProcessor} {second} {secondProcessor} {step}"));
    }

    /// <summary>Writes the preset <c>lstm_small</c> of <c>carousel bench latency</c>: three layers of 256 units and a linear one to 32.</summary>
    /// <param name="path">Of the new file.</param>
    public static void WriteSmall(string path)
    {
        var network = new SequentialConfig(new LstmConfig(256, 256) { Layers = 3 }, new LinearConfig(256, 32));
        var random = new Random(1);
        ModelConfig config = new NetworkConfig(network);
        new ModelFile(config, config.Parameters().Select(parameter =>
        {
            byte[] bytes = new byte[parameter.Count * sizeof(float)];
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan()))
            {
                value = (random.NextSingle() - 0.5f) / 8;
            }

            return new StoredTensor(parameter.Name, ElementType.F32, parameter.Shape, bytes);
        })).Save(path);
    }

    private static (double Wall, double Processor) Milliseconds(Action action)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
    }

    private static double[] InOwnProcess(string path, Precision precision, string kernels)
    {
        string[] arguments = ["load-once", path, precision.ToString(), kernels];
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? [.. answer.Split(' ').Select(time => double.Parse(time, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"a process that loads the model ended with code {process.ExitCode}");
    }

    private static string Spread(List<double[]> times, int column)
    {
        double[] sorted = [.. times.Select(time => time[column]).Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Length / 2],5:F1} ({sorted[0]:F1} … {sorted[^1]:F1})");
    }
}
