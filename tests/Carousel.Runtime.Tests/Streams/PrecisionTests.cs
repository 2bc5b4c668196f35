using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Streams;

public sealed class PrecisionTests
{
    private const int Steps = 20;

    public static TheoryData<string> Kernels => Sets.Names;

    public static TheoryData<string, Precision> KernelsAndPrecisions =>
        [.. KernelCatalog.Supported.SelectMany(set => Enum.GetValues<Precision>().Select(precision => new TheoryDataRow<string, Precision>(set.Name, precision)))];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void BFloat16_same_bits_as_float32_with_rounded_matrices(string kernel)
    {
        ModelFile file = RandomModels.File(RandomModels.EveryStep);
        var rounded = new ModelFile(file.Config, file.Parameters.Select(tensor => tensor.Shape.Count < 2
            ? tensor
            : StoredTensor.FromSingles(tensor.Name, tensor.Shape, [.. tensor.ToSingles().Select(BrainFloat.Round)])));
        using CompiledModel model = CompiledModel.Compile(file, new() { Kernel = kernel, Precision = Precision.BFloat16 });
        using CompiledModel expected = CompiledModel.Compile(rounded, new() { Kernel = kernel });
        Assert.Equal(Run(expected), Run(model));
        Assert.InRange(model.WeightBytes, expected.WeightBytes / 2, expected.WeightBytes * 6 / 10);
    }

    [Theory]
    [MemberData(nameof(KernelsAndPrecisions))]
    public void Step_batch_same_bits_as_each_stream_alone(string kernel, Precision precision)
    {
        using CompiledModel model = CompiledModel.Compile(RandomModels.File(RandomModels.EveryStep), new() { Kernel = kernel, Precision = precision });
        foreach (int streams in new[] { 2, 3, 5, 9, 48, 101 })
        {
            AssertSameAsAlone(model, streams);
        }
    }

    [Theory]
    [MemberData(nameof(KernelsAndPrecisions))]
    public void Run_many_steps_same_bits_as_step_by_step_and_allocates_once(string kernel, Precision precision)
    {
        using CompiledModel model = CompiledModel.Compile(RandomModels.File(RandomModels.EveryStep), new() { Kernel = kernel, Precision = precision });
        const int steps = 70, inputs = RandomModels.Inputs, outputs = RandomModels.Outputs;
        float[] x = Sets.Values(steps * inputs, 6), expected = new float[steps * outputs], found = new float[steps * outputs];
        using ModelStream stepped = model.OpenStream(), run = model.OpenStream();
        for (int step = 0; step < steps; step++)
        {
            stepped.Step(x.AsSpan(step * inputs, inputs), expected.AsSpan(step * outputs, outputs));
        }

        run.Run(x, found);
        Assert.Equal(expected, found);
        Assert.Equal(stepped.Snapshot(), run.Snapshot());
        stepped.Step(x.AsSpan(0, inputs), expected.AsSpan(0, outputs));
        run.Step(x.AsSpan(0, inputs), found.AsSpan(0, outputs));
        Assert.Equal(expected, found);
        long mark = Allocations.Mark();
        run.Run(x, found);
        Assert.Equal(0, Allocations.Since(mark));
    }

    [Theory]
    [MemberData(nameof(KernelsAndPrecisions))]
    public void Same_answer_from_every_kernel(string kernel, Precision precision)
    {
        ModelFile file = RandomModels.File(RandomModels.Stack);
        using CompiledModel model = CompiledModel.Compile(file, new() { Kernel = kernel, Precision = precision });
        using CompiledModel scalar = CompiledModel.Compile(file, new() { Kernel = "scalar", Precision = precision });
        Sets.AssertAgree(Sets.ByName(kernel), Run(scalar), Run(model), 0.02f, precision.ToString());
    }

    [Theory]
    [InlineData(Precision.BFloat16, 0.01f)]
    [InlineData(Precision.Int8, 0.03f)]
    [InlineData(Precision.Int4, 0.15f)]
    public void Low_precision_stays_near_float32(Precision precision, float tolerance)
    {
        ModelFile file = RandomModels.File(RandomModels.Stack);
        using CompiledModel model = CompiledModel.Compile(file, new() { Precision = precision }), expected = CompiledModel.Compile(file);
        float[] exact = Run(expected), found = Run(model);
        Assert.NotEqual(exact, found);
        Assert.All(exact.Zip(found), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Low_precision_any_chunks_and_windows_same_bits(Precision precision)
    {
        using CompiledModel model = CompiledModel.Compile(RandomModels.File(RandomModels.EveryStep), new() { Precision = precision });
        float[] x = Sets.Values(Steps * RandomModels.Inputs, 7), whole = Run(model), sequence = new float[whole.Length], last = new float[RandomModels.Outputs];
        model.Run(x, sequence);
        Assert.Equal(whole, sequence);
        using SlidingWindow window = model.OpenWindow(4);
        for (int step = 0; step < Steps; step++)
        {
            window.Step(x.AsSpan(step * RandomModels.Inputs, RandomModels.Inputs), last);
        }

        float[] anew = new float[4 * RandomModels.Outputs];
        model.Run(x.AsSpan(^(4 * RandomModels.Inputs)..), anew);
        Assert.Equal(anew[^RandomModels.Outputs..], last);
    }

    [Fact]
    public void Compile_unknown_precision_is_refused() =>
        Assert.Contains("Float32, BFloat16, Int8, Int4", Assert.Throws<ArgumentException>(() => CompiledModel.Compile(RandomModels.File(RandomModels.Stack), new() { Precision = (Precision)99 })).Message, StringComparison.Ordinal);

    private static void AssertSameAsAlone(CompiledModel model, int streams)
    {
        float[] x = Sets.Values(streams * RandomModels.Inputs, 5), y = new float[streams * RandomModels.Outputs], alone = new float[RandomModels.Outputs];
        using StreamBatch batch = model.OpenBatch(streams);
        batch.Step(x, y);
        for (int at = 0; at < streams; at++)
        {
            using ModelStream stream = model.OpenStream();
            stream.Step(x.AsSpan(at * RandomModels.Inputs, RandomModels.Inputs), alone);
            Assert.Equal(alone, y[(at * RandomModels.Outputs)..((at + 1) * RandomModels.Outputs)]);
        }
    }

    private static float[] Run(CompiledModel model)
    {
        float[] y = new float[Steps * RandomModels.Outputs];
        using ModelStream stream = model.OpenStream();
        stream.Run(Sets.Values(Steps * RandomModels.Inputs, 7), y);
        return y;
    }
}
