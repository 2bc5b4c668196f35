using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Cells;

namespace Carousel.Tests.Streams;

/// <summary>The laws that concern streams, for every cell in every precision.</summary>
public sealed class StreamLawTests
{
    private const int Inputs = 5, Units = 37;

    public static TheoryData<string, Precision> Cells => [.. RecurrentVariants.Forward.SelectMany(row => Enum.GetValues<Precision>().Select(precision => (row.Data, precision)))];

    public static TheoryData<string, Precision> SingleCells => [.. Cells.Where(row => !row.Data.Item1.Contains("stacked", StringComparison.Ordinal))];

    public static TheoryData<string, Precision, string> CellsOnKernels =>
        [.. SingleCells.SelectMany(row => KernelCatalog.Supported.Select(set => (row.Data.Item1, row.Data.Item2, set.Name)))];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_any_chunks_same_bits(string name, Precision precision)
    {
        using CompiledModel model = Compile(name, precision);
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
    public void Step_batch_same_bits_as_each_stream_alone(string name, Precision precision, string kernel)
    {
        using CompiledModel model = Compile(name, precision, kernel);
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
    public void Step_any_kernel_same_bits_as_scalar(string name, Precision precision, string kernel)
    {
        using CompiledModel model = Compile(name, precision, kernel), scalar = Compile(name, precision, "scalar");
        Tensor x = TrainedModels.Sequence(8, Inputs);
        RecurrentVariants.AssertSameBits(TrainedModels.Run(scalar, x), TrainedModels.Run(model, x), name);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Snapshot_forks_and_restores(string name, Precision precision)
    {
        using CompiledModel model = Compile(name, precision);
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
    public void SlidingWindow_same_bits_as_running_every_window_anew(string name, Precision precision)
    {
        using CompiledModel model = Compile(name, precision);
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
    [MemberData(nameof(SingleCells))]
    public void Step_a_thousand_interleaved_streams_same_bits_as_each_alone(string name, Precision precision)
    {
        const int streams = 1000, steps = 3;
        using CompiledModel model = Compile(name, precision);
        Tensor x = RecurrentVariants.Normal(new RandomSource(6), steps, streams, Inputs);
        ModelStream[] interleaved = [.. Enumerable.Range(0, streams).Select(_ => model.OpenStream())];
        float[] found = new float[steps * streams * model.OutputSize], expected = new float[model.OutputSize];
        for (int at = 0; at < steps * streams; at++)
        {
            interleaved[at % streams].Step(x.Values.Slice(at * Inputs, Inputs), found.AsSpan(at * model.OutputSize, model.OutputSize));
        }

        using ModelStream alone = model.OpenStream();
        for (int stream = 0; stream < streams; stream++)
        {
            alone.Reset();
            for (int at = stream; at < steps * streams; at += streams)
            {
                alone.Step(x.Values.Slice(at * Inputs, Inputs), expected);
                RecurrentVariants.AssertSameBits(expected, found.AsSpan(at * model.OutputSize, model.OutputSize), $"{name}, stream {stream}");
            }

            Assert.Equal(alone.Snapshot(), interleaved[stream].Snapshot());
        }
    }

    [Theory]
    [MemberData(nameof(SingleCells))]
    public void Step_any_number_of_threads_same_bits(string name, Precision precision)
    {
        // Large enough that a batch of these streams is shared out in every precision.
        const int inputs = 70, units = 130, streams = 9, steps = 2;
        RecurrentConfig config = RecurrentVariants.Config(name, inputs, units);
        ModelFile file = TrainedModels.File(config, RecurrentVariants.Make(config));
        Tensor x = RecurrentVariants.Normal(new RandomSource(8), steps, streams, inputs);
        float[] one = Run(1);
        foreach (int threads in (int[])[2, 3])
        {
            RecurrentVariants.AssertSameBits(one, Run(threads), $"{name}, {threads} threads");
        }

        float[] Run(int threads)
        {
            using CompiledModel model = CompiledModel.Compile(file, new CompileOptions { Precision = precision, Threads = threads });
            using StreamBatch batch = model.OpenBatch(streams);
            float[] y = new float[steps * streams * model.OutputSize];
            for (int step = 0; step < steps; step++)
            {
                batch.Step(x.At(step).Values, y.AsSpan(step * streams * model.OutputSize, streams * model.OutputSize));
            }

            return y;
        }
    }

    [Theory]
    [MemberData(nameof(SingleCells))]
    public void Step_a_hundred_thousand_times_allocates_nothing(string name, Precision precision)
    {
        RecurrentConfig config = RecurrentVariants.Config(name, 3, 8);
        using CompiledModel model = TrainedModels.Compile(config, RecurrentVariants.Make(config), new CompileOptions { Precision = precision });
        using ModelStream stream = model.OpenStream();
        float[] x = [0.5f, -1, 0.25f], y = new float[model.OutputSize];
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 100_000, () => stream.Step(x, y)));
    }

    // A layer-normalised cell has a bias whatever it is fed, so its state goes to some value, not to zero.
    [Theory]
    [MemberData(nameof(Cells))]
    public void Step_input_decays_to_silence_and_so_does_the_state_without_denormals(string name, Precision precision)
    {
        bool keepsBias = name.Contains("layer norm", StringComparison.Ordinal);
        RecurrentConfig config = RecurrentVariants.Config(name, Inputs, Units) with { Bias = keepsBias };
        using CompiledModel model = TrainedModels.Compile(config, RecurrentVariants.Fresh(config, new RandomSource(1)), new CompileOptions { Precision = precision });
        using ModelStream stream = model.OpenStream();
        float[] x = new float[Inputs], y = new float[model.OutputSize];
        float level = 1;
        for (int step = 0; step < 2000; step++, level *= 0.9f)
        {
            x.AsSpan().Fill(level);
            stream.Step(x, y);
            Assert.DoesNotContain(y, float.IsSubnormal);
            if (step % 10 == 0)
            {
                Assert.DoesNotContain(stream.Snapshot().Values.ToArray(), value => value != 0 && Math.Abs(value) < 7e-31f);
            }
        }

        Assert.True(keepsBias || stream.Snapshot().Values.IndexOfAnyExcept(0f) < 0, "the state is not exactly zero");
    }

    private static CompiledModel Compile(string name, Precision precision, string? kernel = null)
    {
        RecurrentConfig config = RecurrentVariants.Config(name, Inputs, Units);
        return TrainedModels.Compile(config, RecurrentVariants.Make(config), new CompileOptions { Precision = precision, Kernel = kernel });
    }
}
