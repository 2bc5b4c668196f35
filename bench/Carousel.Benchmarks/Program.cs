using System.Globalization;
using Carousel.Benchmarks;
using Carousel.Runtime.Streams;

switch (args)
{
    case ["worker", { } text] when Count(text) is int threads and > 0:
        new ComparisonWorker(threads, Console.In, Console.Out).Run();
        return 0;
    case ["fuzz", { } text] when Count(text) is int files and > 0:
        return new ModelFileFuzzer(seed: 1).Run(files, Console.Out) ? 0 : 1;
    case ["fuzz", { } text, { } seed] when Count(text) is int files and > 0 && Count(seed) is int start and > 0:
        return new ModelFileFuzzer((ulong)start).Run(files, Console.Out) ? 0 : 1;
    case ["load", { } path]:
        LoadTimer.Run(path, Console.Out);
        return 0;
    case ["load"]:
        string folder = Directory.CreateTempSubdirectory("carousel-load").FullName, small = Path.Combine(folder, "lstm_small.safetensors");
        LoadTimer.WriteSmall(small);
        LoadTimer.Run(small, Console.Out);
        Directory.Delete(folder, recursive: true);
        return 0;
    case ["load-once", { } path, { } precision, { } kernels] when Enum.TryParse(precision, out Precision held):
        LoadTimer.RunOnce(path, held, kernels, Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: Carousel.Benchmarks worker THREADS         one engine of bench/comparison, see its README.md
                   Carousel.Benchmarks fuzz FILES [SEED]      damage that many model files and load them
                   Carousel.Benchmarks load [FILE]            how long a process waits for that model, or for the preset lstm_small
            """);
        return 2;
}

static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
