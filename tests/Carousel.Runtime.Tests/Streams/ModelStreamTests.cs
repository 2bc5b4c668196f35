using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Streams;

public sealed class ModelStreamTests
{
    private const int Inputs = RandomModels.Inputs, Outputs = RandomModels.Outputs;

    [Fact]
    public void Step_a_hundred_thousand_times_allocates_nothing()
    {
        using CompiledModel model = RandomModels.Compile(RandomModels.EveryStep);
        using ModelStream stream = model.OpenStream();
        using StreamBatch batch = model.OpenBatch(3);
        using SlidingWindow window = model.OpenWindow(4);
        float[] x = Sets.Values(3 * Inputs, 1), y = new float[3 * Outputs];
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 100_000, () => stream.Step(x.AsSpan(0, Inputs), y.AsSpan(0, Outputs))));
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 10_000, () => batch.Step(x, y)));
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 10_000, () => window.Step(x.AsSpan(0, Inputs), y.AsSpan(0, Outputs))));
    }

    [Fact]
    public void Window_tells_its_budget_and_stays_as_it_is()
    {
        const int steps = 5;
        using CompiledModel model = RandomModels.Compile(RandomModels.EveryStep);
        using SlidingWindow measured = model.OpenWindow(steps), other = model.OpenWindow(steps);
        float[] x = Sets.Values(2 * steps * Inputs, 3), found = new float[Outputs], expected = new float[Outputs];
        for (int tick = 0; tick < 2 * steps; tick++)
        {
            WindowBudget budget = measured.MeasureBudget(ticks: 20);
            Assert.Equal(4, budget.PreparedSteps);
            Assert.InRange(budget.AnswerP50Us, 1e-3, budget.AnswerP99Us);
            Assert.InRange(budget.PrepareP50Us, 1e-3, budget.PrepareP99Us);
            Assert.Equal(budget.AnswerP50Us + budget.PrepareP50Us, budget.IntervalP50Us);
            (double left, double leftMostly) = budget.LeftUs(budget.IntervalP50Us + 10);
            Assert.Equal(10, left, 1e-6);
            Assert.True(leftMostly <= left);
            Assert.Contains("4 of 5 steps prepared", budget.ToString(), StringComparison.Ordinal);
            measured.Step(x.AsSpan(tick * Inputs, Inputs), found);
            other.Step(x.AsSpan(tick * Inputs, Inputs), expected);
            Assert.Equal(expected, found);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => measured.MeasureBudget(0));
    }

    [Fact]
    public void Step_a_thousand_interleaved_streams_same_bits_as_each_alone()
    {
        const int streams = 1000, steps = 4;
        using CompiledModel model = RandomModels.Compile(RandomModels.EveryStep);
        ModelStream[] interleaved = [.. Enumerable.Range(0, streams).Select(_ => model.OpenStream())];
        float[][] inputs = [.. Enumerable.Range(0, streams).Select(seed => Sets.Values(steps * Inputs, seed))];
        float[][] outputs = [.. Enumerable.Range(0, streams).Select(_ => new float[steps * Outputs])];
        for (int step = 0; step < steps; step++)
        {
            for (int stream = 0; stream < streams; stream++)
            {
                interleaved[stream].Step(inputs[stream].AsSpan(step * Inputs, Inputs), outputs[stream].AsSpan(step * Outputs, Outputs));
            }
        }

        using ModelStream alone = model.OpenStream();
        float[] expected = new float[steps * Outputs];
        for (int stream = 0; stream < streams; stream++)
        {
            alone.Reset();
            alone.Run(inputs[stream], expected);
            Assert.Equal(expected, outputs[stream]);
            Assert.Equal(alone.Snapshot(), interleaved[stream].Snapshot());
        }
    }

    [Fact]
    public void Step_streams_on_many_threads_same_bits()
    {
        using CompiledModel model = RandomModels.Compile(RandomModels.EveryStep);
        float[] x = Sets.Values(50 * Inputs, 3), expected = new float[50 * Outputs];
        using (ModelStream stream = model.OpenStream())
        {
            stream.Run(x, expected);
        }

        float[][] found = [.. Enumerable.Range(0, 64).Select(_ => new float[expected.Length])];
        Parallel.ForEach(found, y =>
        {
            using ModelStream stream = model.OpenStream();
            stream.Run(x, y);
        });
        Assert.All(found, y => Assert.Equal(expected, y));
    }

    [Fact]
    public void Step_wrong_length_says_what_was_expected_and_keeps_the_state()
    {
        using CompiledModel model = RandomModels.Compile(RandomModels.Stack);
        using ModelStream stream = model.OpenStream();
        StreamState before = stream.Snapshot();
        Assert.Contains("x holds 5 values, expected 6", Assert.Throws<ArgumentException>(() => stream.Step(new float[5], new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("y has room for 4 values, expected 3", Assert.Throws<ArgumentException>(() => stream.Step(new float[6], new float[4])).Message, StringComparison.Ordinal);
        Assert.Contains("expected T · 6 and T · 3", Assert.Throws<ArgumentException>(() => stream.Run(new float[12], new float[7])).Message, StringComparison.Ordinal);
        using StreamBatch batch = model.OpenBatch(4);
        Assert.Contains("expected 24: one time step of 4 streams", Assert.Throws<ArgumentException>(() => batch.Step(new float[6], new float[12])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Step(2, 3, new float[18], new float[9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Reset(4));
        Assert.Equal(before, stream.Snapshot());
    }

    [Fact]
    public void Step_id_outside_the_table_is_refused_before_any_state_changes()
    {
        using CompiledModel model = RandomModels.Compile(new SequentialConfig(new EmbeddingConfig(7, 4), new LstmConfig(4, 5)));
        using ModelStream stream = model.OpenStream();
        StreamState before = stream.Snapshot();
        foreach (float id in (float[])[-1, 7, 0.5f, float.NaN])
        {
            Assert.Contains("expected a whole number 0 … 6", Assert.Throws<ArgumentException>(() => stream.Step([id], new float[5])).Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, stream.Snapshot());
        stream.Step([6], new float[5]);
        Assert.NotEqual(before, stream.Snapshot());
    }

    [Fact]
    public void Step_after_dispose_is_refused()
    {
        CompiledModel model = RandomModels.Compile(RandomModels.Stack);
        ModelStream stream = model.OpenStream(), other = model.OpenStream();
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.Step(new float[6], new float[3]));
        other.Step(new float[6], new float[3]);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Step(new float[6], new float[3]));
        Assert.Throws<ObjectDisposedException>(other.Snapshot);
        Assert.Throws<ObjectDisposedException>(model.OpenStream);
    }

    [Fact]
    public void OpenStream_bidirectional_model_is_refused()
    {
        using CompiledModel model = RandomModels.Compile(new LstmConfig(3, 4) { Bidirectional = true });
        Assert.Contains("CompiledModel.Run", Assert.Throws<InvalidOperationException>(model.OpenStream).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_unknown_kernel_lists_what_there_is() =>
        Assert.Contains("scalar", Assert.Throws<ArgumentException>(() => CompiledModel.Compile(RandomModels.File(RandomModels.Stack), new() { Kernel = "abacus" })).Message, StringComparison.Ordinal);
}
