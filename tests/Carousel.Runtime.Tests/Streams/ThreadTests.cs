using System.Diagnostics;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Tests.Shared;

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

        // So much work that it is shared even when the threads must be woken.
        long before = many.Plan.Team!.Shared;
        Assert.Equal(Run(one, 200), Run(many, 200));
        Assert.Equal(before + Steps, many.Plan.Team.Shared);
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.Int8)]
    public void Step_streams_in_turns_forked_and_reset_same_bits_as_one_thread(Precision precision)
    {
        ModelFile file = RandomModels.File(Network);
        using CompiledModel one = CompiledModel.Compile(file, new() { Precision = precision }), two = CompiledModel.Compile(file, new() { Precision = precision, Threads = 2 });
        ModelStream[] expected = [one.OpenStream(), one.OpenStream()], found = [two.OpenStream(), two.OpenStream()];
        float[] x = Sets.Values(Inputs, 3), y = new float[5], z = new float[5];
        long start = Stopwatch.GetTimestamp();
        for (int step = 0; step < 200 || (two.Plan.Team!.Shared < 100 && Stopwatch.GetElapsedTime(start).TotalSeconds < 60); step++)
        {
            int stream = step / 3 % 2;
            x[0] = step % 7;
            Both(streams => streams[stream].Step(x, streams == expected ? y : z));
            Assert.Equal(y, z);
            if (step % 17 == 0)
            {
                Both(streams => streams[0].Restore(streams[1].Snapshot()));
            }

            if (step % 29 == 0)
            {
                Both(streams => streams[1].Reset());
            }
        }

        Assert.Equal(expected[0].Snapshot(), found[0].Snapshot());
        Assert.True(two.Plan.Team!.Shared >= 100, $"only {two.Plan.Team.Shared} steps were shared");

        void Both(Action<ModelStream[]> action)
        {
            action(expected);
            action(found);
        }
    }

    [Fact]
    public void Run_whole_sequence_in_both_directions_same_bits_as_one_thread()
    {
        ModelFile file = RandomModels.File(new SequentialConfig(new LstmConfig(Inputs, 200) { Bidirectional = true, ProjectionSize = 70 }, new LinearConfig(140, 100)));
        using CompiledModel one = CompiledModel.Compile(file), three = CompiledModel.Compile(file, new() { Threads = 3 });
        const int steps = 100;
        float[] x = Sets.Values(steps * Inputs, 3), expected = new float[steps * 100], found = new float[steps * 100];
        one.Run(x, expected);
        for (int run = 1; run <= 5; run++)
        {
            three.Run(x, found);
            Assert.Equal(expected, found);
            Assert.True(three.Plan.Team!.Shared >= run);
        }
    }

    [Fact]
    public void Idle_threads_go_to_sleep_and_stay_asleep()
    {
        using CompiledModel model = CompiledModel.Compile(RandomModels.File(Network), new() { Threads = 3 });
        for (int run = 0; run < 3; run++)
        {
            Run(model, 200);
            Assert.True(SpinWait.SpinUntil(() => model.Plan.Team!.IsAsleep, TimeSpan.FromSeconds(30)));
            Thread.Sleep(20);
            Assert.True(model.Plan.Team!.IsAsleep);
        }
    }

    [Fact]
    public void Dispose_while_threads_watch_or_sleep_ends_them()
    {
        for (int run = 0; run < 50; run++)
        {
            CompiledModel model = CompiledModel.Compile(RandomModels.File(Network), new() { Threads = 2 });
            Run(model, run % 2 == 0 ? 200 : 1);
            Thread.Sleep(run % 3);
            model.Dispose();
            model.Dispose();
        }
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
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 1000, () => stream.Step(x, y)));
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
