using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Cells;

namespace Carousel.Tests.Streams;

/// <summary>The laws of DESIGN.md that concern streams, for every cell that steps.</summary>
public sealed class StreamLawTests
{
    private const int Inputs = 5, Units = 37;

    public static TheoryData<string> Cells => RecurrentVariants.Forward;

    public static TheoryData<string, string> CellsOnKernels => [.. RecurrentVariants.Forward.Where(row => !row.Data.Contains("stacked", StringComparison.Ordinal))
        .SelectMany(row => KernelCatalog.Supported.Select(set => new TheoryDataRow<string, string>(row.Data, set.Name)))];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_any_chunks_same_bits(string name)
    {
        using CompiledModel model = Compile(name);
        const int steps = 23;
        Tensor x = TrainedModels.Sequence(steps, Inputs);
        float[] whole = TrainedModels.Run(model, x), chunked = new float[whole.Length];
        using ModelStream stream = model.OpenStream();
        for (int start = 0, length = 1; start < steps; start += length, length = Math.Min(length + 2, steps - start))
        {
            stream.Run(x.Values.Slice(start * Inputs, length * Inputs), chunked.AsSpan(start * model.OutputSize, length * model.OutputSize));
        }

        RecurrentVariants.AssertSameBits(whole, chunked, name);
        float[] sequence = new float[whole.Length];
        model.Run(x.Values, sequence);
        RecurrentVariants.AssertSameBits(whole, sequence, $"{name}, layer after layer");
    }

    [Theory]
    [MemberData(nameof(CellsOnKernels))]
    public void Step_batch_same_bits_as_each_stream_alone(string name, string kernel)
    {
        using CompiledModel model = Compile(name, kernel);
        const int steps = 3;
        foreach (int streams in (int[])[2, 7, 29])
        {
            Tensor x = RecurrentVariants.Normal(new RandomSource(3), steps, streams, Inputs);
            float[] y = new float[streams * model.OutputSize];
            using StreamBatch batch = model.OpenBatch(streams);
            ModelStream[] alone = [.. Enumerable.Range(0, streams).Select(_ => model.OpenStream())];
            for (int step = 0; step < steps; step++)
            {
                ReadOnlySpan<float> tick = x.At(step).Values;
                batch.Step(tick, y);
                for (int stream = 0; stream < streams; stream++)
                {
                    float[] expected = new float[model.OutputSize];
                    alone[stream].Step(tick.Slice(stream * Inputs, Inputs), expected);
                    RecurrentVariants.AssertSameBits(expected, y.AsSpan(stream * model.OutputSize, model.OutputSize), $"{name}, {kernel}, stream {stream} of {streams}, step {step}");
                }
            }

            Assert.All(alone.Index(), entry => Assert.Equal(entry.Item.Snapshot(), batch.Snapshot(entry.Index)));
        }
    }

    [Theory]
    [MemberData(nameof(CellsOnKernels))]
    public void Step_any_kernel_agrees_with_scalar(string name, string kernel)
    {
        using CompiledModel model = Compile(name, kernel), scalar = Compile(name, "scalar");
        Tensor x = TrainedModels.Sequence(8, Inputs);
        float[] expected = TrainedModels.Run(scalar, x), found = TrainedModels.Run(model, x);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Snapshot_forks_and_restores(string name)
    {
        using CompiledModel model = Compile(name);
        Tensor x = TrainedModels.Sequence(12, Inputs);
        float[] y = new float[model.OutputSize], expected = new float[6 * model.OutputSize], found = new float[expected.Length];
        using ModelStream first = model.OpenStream(), second = model.OpenStream();
        first.Run(x.Values[..(6 * Inputs)], expected);
        StreamState middle = first.Snapshot();
        Assert.NotEqual(middle, second.Snapshot());
        first.Run(x.Values[(6 * Inputs)..], expected);
        second.Step(x.Values[..Inputs], y);
        second.Restore(middle);
        Assert.Equal(middle, second.Snapshot());
        second.Run(x.Values[(6 * Inputs)..], found);
        RecurrentVariants.AssertSameBits(expected, found, name);
        Assert.Equal(first.Snapshot(), second.Snapshot());

        using var bytes = new MemoryStream();
        middle.Write(bytes);
        bytes.Position = 0;
        Assert.Equal(middle, StreamState.Read(bytes, "state", model));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void SlidingWindow_same_bits_as_running_every_window_anew(string name)
    {
        using CompiledModel model = Compile(name);
        const int ticks = 17;
        Tensor x = TrainedModels.Sequence(ticks, Inputs);
        foreach (int length in (int[])[1, 2, 5])
        {
            using SlidingWindow window = model.OpenWindow(length);
            using ModelStream anew = model.OpenStream();
            float[] found = new float[model.OutputSize];
            for (int tick = 0; tick < ticks; tick++)
            {
                bool isFull = window.Step(x.At(tick).Values, found);
                int start = Math.Max(0, tick + 1 - length), taken = tick + 1 - start;
                float[] expected = new float[taken * model.OutputSize];
                anew.Reset();
                anew.Run(x.Values.Slice(start * Inputs, taken * Inputs), expected);
                RecurrentVariants.AssertSameBits(expected.AsSpan(^model.OutputSize..), found, $"{name}, window {length}, tick {tick}");
                Assert.Equal(taken == length, isFull);
                Assert.Equal(taken, window.Filled);
                if (tick % 3 != 0)
                {
                    window.Prepare();
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Step_input_decays_to_silence_without_denormals(string name)
    {
        RecurrentConfig config = RecurrentVariants.Config(name, Inputs, Units) with { Bias = name.Contains("layer norm", StringComparison.Ordinal) };
        using CompiledModel model = TrainedModels.Compile(config, RecurrentVariants.Fresh(config, new RandomSource(1)));
        using ModelStream stream = model.OpenStream();
        float[] x = new float[Inputs], y = new float[model.OutputSize];
        float level = 1;
        for (int step = 0; step < 3000; step++, level *= 0.9f)
        {
            x.AsSpan().Fill(level);
            stream.Step(x, y);
            Assert.DoesNotContain(y, float.IsSubnormal);
            Assert.DoesNotContain(stream.Snapshot().Values.ToArray(), value => value != 0 && Math.Abs(value) < 7e-31f);
        }
    }

    private static CompiledModel Compile(string name, string? kernel = null)
    {
        RecurrentConfig config = RecurrentVariants.Config(name, Inputs, Units);
        return TrainedModels.Compile(config, RecurrentVariants.Make(config), new CompileOptions { Kernel = kernel });
    }
}
