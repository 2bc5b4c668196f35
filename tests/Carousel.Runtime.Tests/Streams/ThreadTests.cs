using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;

namespace Carousel.Runtime.Tests.Streams;

/// <summary>Any number of threads gives the same bits; layers here are large enough to be shared out.</summary>
public sealed class ThreadTests
{
    private const int Inputs = 70, Steps = 12;

    private static readonly SequentialConfig Network = new(
        new LstmConfig(Inputs, 150) { Layers = 2, ProjectionSize = 66 }, new PeepholeLstmConfig(66, 130), new GruConfig(130, 140), new LinearConfig(140, 5));

    public static TheoryData<Precision, int> Settings => [.. Enum.GetValues<Precision>().SelectMany(precision => new[] { 2, 3, 16 }.Select(threads => new TheoryDataRow<Precision, int>(precision, threads)))];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Step_many_threads_same_bits_as_one(Precision precision, int threads)
    {
        ModelFile file = RandomModels.File(Network);
        using CompiledModel one = CompiledModel.Compile(file, new() { Precision = precision }), many = CompiledModel.Compile(file, new() { Precision = precision, Threads = threads });
        Assert.Equal(Run(one, 1), Run(many, 1));
        Assert.Equal(Run(one, 5), Run(many, 5));
    }

    [Fact]
    public void Step_streams_that_compete_for_the_threads_same_bits()
    {
        ModelFile file = RandomModels.File(Network);
        using CompiledModel one = CompiledModel.Compile(file), many = CompiledModel.Compile(file, new() { Threads = 2 });
        float[] expected = Run(one, 1);
        float[][] found = new float[8][];
        Parallel.For(0, found.Length, at => found[at] = Run(many, 1));
        Assert.All(found, y => Assert.Equal(expected, y));
    }

    [Fact]
    public void Step_with_threads_allocates_nothing()
    {
        using CompiledModel model = CompiledModel.Compile(RandomModels.File(Network), new() { Threads = 2 });
        using ModelStream stream = model.OpenStream();
        float[] x = Sets.Values(Inputs, 1), y = new float[5];
        for (int warmUp = 0; warmUp < 50; warmUp++)
        {
            stream.Step(x, y);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 1000; step++)
        {
            stream.Step(x, y);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Compile_wrong_number_of_threads_is_refused() =>
        Assert.Contains("threads is 0, expected 1", Assert.Throws<ArgumentException>(() => CompiledModel.Compile(RandomModels.File(Network), new() { Threads = 0 })).Message, StringComparison.Ordinal);

    private static float[] Run(CompiledModel model, int streams)
    {
        float[] x = Sets.Values(Steps * streams * Inputs, 3), y = new float[Steps * streams * 5];
        using StreamBatch batch = model.OpenBatch(streams);
        for (int step = 0; step < Steps; step++)
        {
            batch.Step(x.AsSpan(step * streams * Inputs, streams * Inputs), y.AsSpan(step * streams * 5, streams * 5));
        }

        return y;
    }
}
