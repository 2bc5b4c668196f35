using System.Globalization;
using Carousel.Benchmarks;
using Carousel.Jit;
using Carousel.Runtime.Streams;
using Carousel.Training;

switch (args)
{
    case ["worker", { } text, "float32" or "bf16"] when Count(text) is int threads and > 0:
        JitKernels.Register();
        new ComparisonWorker(threads, args[2] == "bf16" ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32, Console.In, Console.Out).Run();
        return 0;
    case ["decode", { } path, { } text, { } precision] when Count(text) is int threads and > 0 && Enum.TryParse(precision, ignoreCase: true, out Precision held):
        JitKernels.Register();
        new DecodingWorker(path, new CompileOptions { Threads = threads, Precision = held }, Console.In, Console.Out).Run();
        return 0;
    case ["decode-model", { } path]:
        DecodingWorker.WriteModel(path);
        return 0;
    case ["fuzz", { } text] when Count(text) is int files and > 0:
        return new ModelFileFuzzer(seed: 1).Run(files, Console.Out) ? 0 : 1;
    case ["fuzz", { } text, { } seed] when Count(text) is int files and > 0 && Count(seed) is int start and > 0:
        return new ModelFileFuzzer((ulong)start).Run(files, Console.Out) ? 0 : 1;
    case ["silence", { } text] when Count(text) is int steps and > 0:
        return SilenceCheck.Run(steps, Console.Out) ? 0 : 1;
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
            usage: Carousel.Benchmarks worker THREADS float32|bf16   one engine of bench/comparison, see its README.md
                   Carousel.Benchmarks decode MODEL THREADS float32|bfloat16|int8|int4   the same of decoding.py
                   Carousel.Benchmarks decode-model FILE      writes the model that decoding.py takes by default
                   Carousel.Benchmarks fuzz FILES [SEED]      damage that many model files and load them
                   Carousel.Benchmarks silence STEPS          every cell, that many steps: bytes, collections, time while the input dies away
                   Carousel.Benchmarks load [FILE]            how long a process waits for that model, or for the preset lstm_small
            """);
        return 2;
}

static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
