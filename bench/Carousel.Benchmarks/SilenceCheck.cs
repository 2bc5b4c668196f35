using System.Diagnostics;
using System.Globalization;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Benchmarks;

/// <summary>The law of silence at length: a stream that runs on and on allocates nothing, and one whose input dies away never becomes slow.</summary>
internal static class SilenceCheck
{
    private const int Inputs = 16, Units = 64, StepsPerSample = 100, DyingSteps = 110_000;

    private static readonly (string Name, RecurrentConfig Config)[] Cells =
    [
        ("lstm", new LstmConfig(Inputs, Units)),
        ("projected", new LstmConfig(Inputs, Units) { ProjectionSize = Units / 2 }),
        ("peephole", new PeepholeLstmConfig(Inputs, Units)),
        ("coupled", new CoupledLstmConfig(Inputs, Units)),
        ("clipped", new ClippedLstmConfig(Inputs, Units) { CellClip = 3 }),
        ("zoneout", new ZoneoutLstmConfig(Inputs, Units)),
        ("dropout", new DropoutLstmConfig(Inputs, Units)),
        ("layer norm", new LayerNormLstmConfig(Inputs, Units)),
        ("gru", new GruConfig(Inputs, Units)),
        ("gru reset before", new GruConfig(Inputs, Units) { ResetAfter = false }),
    ];

    /// <summary>Runs every cell in every precision and prints a table.</summary>
    /// <param name="steps">Time steps of each stream with a loud input; then it dies away.</param>
    /// <param name="output">Where the table goes.</param>
    /// <returns>True when nothing was allocated or collected.</returns>
    public static bool Run(int steps, TextWriter output)
    {
        output.WriteLine($"{steps:N0} steps with noise, then {DyingSteps:N0} while the input dies away; {Inputs} inputs, {Units} units; µs per step, middle sample of {StepsPerSample} steps and the one that 1 in 100 exceed");
        output.WriteLine("cell               precision   bytes  collections   loud  99th    dying  99th    ends in silence");
        bool isSilent = true;
        foreach ((string name, RecurrentConfig config) in Cells)
        {
            // Without a bias the state of a cell whose input is zero goes to zero as well; a normalised one has a bias in any case.
            bool keepsBias = config is LayerNormLstmConfig;
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                using CompiledModel model = Compile(config with { Bias = keepsBias }, precision);
                using ModelStream stream = model.OpenStream();
                float[] noise = [.. Enumerable.Range(0, 1024 + Inputs).Select(at => MathF.Sin(at * at))], x = new float[Inputs], y = new float[model.OutputSize];
                Step(stream, noise, y, 10_000);
                int collections = GC.CollectionCount(0);
                long before = GC.GetAllocatedBytesForCurrentThread();
                Step(stream, noise, y, steps);
                long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                collections = GC.CollectionCount(0) - collections;
                isSilent &= bytes == 0 && collections == 0;

                (double Middle, double Slow) loud = Time(() => noise.AsSpan(0, Inputs).CopyTo(x), stream, x, y), dying;
                double level = 1;
                dying = Time(() => x.AsSpan().Fill((float)(level *= 0.999)), stream, x, y);
                string end = keepsBias ? "-" : stream.Snapshot().Values.IndexOfAnyExcept(0f) < 0 ? "yes" : "no";
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-18} {precision,-10} {bytes,6} {collections,12} {loud.Middle,6:F2} {loud.Slow,5:F2} {dying.Middle,8:F2} {dying.Slow,5:F2}    {end}"));
            }
        }

        return isSilent;
    }

    private static void Step(ModelStream stream, float[] noise, float[] y, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            stream.Step(noise.AsSpan(step % 1024, Inputs), y);
        }
    }

    // The middle of all samples, and the one that only a hundredth of them exceed. At 0.999 per step a level of 1 is below every denormal number after 103,000 steps.
    private static (double Middle, double Slow) Time(Action feed, ModelStream stream, float[] x, float[] y)
    {
        double[] samples = new double[DyingSteps / StepsPerSample];
        for (int sample = 0; sample < samples.Length; sample++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int step = 0; step < StepsPerSample; step++)
            {
                feed();
                stream.Step(x, y);
            }

            samples[sample] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / StepsPerSample;
        }

        Array.Sort(samples);
        return (samples[samples.Length / 2], samples[samples.Length * 99 / 100]);
    }

    private static CompiledModel Compile(RecurrentConfig config, Precision precision)
    {
        IEnumerable<StoredTensor> tensors = NetworkFactory.Create(config, new RandomSource(1)).Parameters()
            .Select(entry => StoredTensor.FromSingles($"network.{entry.Name}", [.. entry.Parameter.Tensor.Shape], entry.Parameter.Tensor.Values));
        return CompiledModel.Compile(new ModelFile(new NetworkConfig(config), tensors), new CompileOptions { Precision = precision });
    }
}
