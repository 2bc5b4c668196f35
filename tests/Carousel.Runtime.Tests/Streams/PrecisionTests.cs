using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;

namespace Carousel.Runtime.Tests.Streams;

public sealed class PrecisionTests
{
    private const int Steps = 20;

    public static TheoryData<string> Kernels => Sets.Names;

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

        const int streams = 9;
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

    [Fact]
    public void BFloat16_stays_near_float32()
    {
        ModelFile file = RandomModels.File(RandomModels.Stack);
        using CompiledModel model = CompiledModel.Compile(file, new() { Precision = Precision.BFloat16 }), expected = CompiledModel.Compile(file);
        float[] exact = Run(expected), found = Run(model);
        Assert.NotEqual(exact, found);
        Assert.All(exact.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 0.01f));
    }

    [Fact]
    public void Compile_unknown_precision_is_refused() =>
        Assert.Contains("Float32, BFloat16", Assert.Throws<ArgumentException>(() => CompiledModel.Compile(RandomModels.File(RandomModels.Stack), new() { Precision = (Precision)99 })).Message, StringComparison.Ordinal);

    private static float[] Run(CompiledModel model)
    {
        float[] y = new float[Steps * RandomModels.Outputs];
        using ModelStream stream = model.OpenStream();
        stream.Run(Sets.Values(Steps * RandomModels.Inputs, 7), y);
        return y;
    }
}
