using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Autograd;

public sealed class TapeTests
{
    [Fact]
    public void Backward_through_views_adds_up_in_the_whole()
    {
        var tape = new Tape();
        Tensor x = Leaf(1, 2, 3, 4, 5, 6).Reshape(3, 2);
        Tensor y = tape.Add(tape.Multiply(x.At(0), x.At(2)), x.Range(1, 1).Reshape(2));
        tape.Backward(tape.Sum(y));
        Assert.Equal([5, 6, 1, 1, 1, 2], x.Gradient.ToArray());
    }

    [Fact]
    public void Backward_tensor_used_twice_adds_both_gradients()
    {
        var tape = new Tape();
        Tensor x = Leaf(3);
        tape.Backward(tape.Sum(tape.Add(tape.Multiply(x, x), tape.Scale(x, 5))));
        Assert.Equal(11, x.Gradient[0]);
    }

    [Fact]
    public void Backward_twice_over_two_passes_accumulates_until_cleared()
    {
        var tape = new Tape();
        Tensor x = Leaf(3);
        for (int pass = 1; pass <= 2; pass++)
        {
            tape.Backward(tape.Sum(tape.Multiply(x, x)));
            Assert.Equal(6 * pass, x.Gradient[0]);
            tape.Reset();
        }

        x.ClearGradient();
        Assert.Equal(0, x.Gradient[0]);
    }

    [Fact]
    public void Reset_packs_weights_again_unless_told_that_they_are_the_same()
    {
        var tape = new Tape();
        Tensor u = Leaf(1, 1, 1, 1).Reshape(4, 1), w = new(4, 1), x = new(2, 1, 1);
        float Output(Tensor recurrent) => tape.Lstm(x, new LstmWeights(w, recurrent, null, null, null), hidden: Leaf(1).Reshape(1, 1)).Output.Values[0];
        float before = Output(u);
        u.Values.Fill(2);
        tape.Reset(keepsWeights: true);
        Assert.Equal(before, Output(u));
        tape.Reset();
        float after = Output(u);
        Assert.NotEqual(before, after);

        // A weight that was made on the tape is another one after each reset.
        Assert.Equal(after, Output(tape.Scale(u, 1)));
        tape.Reset(keepsWeights: true);
        Assert.Equal(before, Output(tape.Scale(u, 0.5f)));
    }

    [Fact]
    public void Reset_memory_used_again_starts_with_clean_gradients()
    {
        var tape = new Tape();
        Tensor x = Leaf(0.5f, -1, 2);
        float[]? first = null;
        for (int pass = 0; pass < 3; pass++)
        {
            x.ClearGradient();
            Tensor hidden = tape.Tanh(tape.Scale(x, 2));
            tape.Backward(tape.Sum(tape.Multiply(hidden, hidden)));
            first ??= x.Gradient.ToArray();
            Assert.Equal(first, x.Gradient.ToArray());
            tape.Reset();
        }
    }

    [Fact]
    public void Reset_steps_of_one_shape_take_no_new_memory()
    {
        var tape = new Tape();
        Tensor x = Leaf(new float[100_000]);
        void Step()
        {
            tape.Backward(tape.Sum(tape.Tanh(tape.Scale(x, 2))));
            tape.Reset();
        }

        Step();
        Step();
        long mark = Allocations.Mark();
        Step();
        Assert.InRange(Allocations.Since(mark), 0, 20_000);
    }

    [Fact]
    public void Memory_is_that_of_the_largest_step_whatever_shapes_came_and_no_two_tensors_share_any()
    {
        var tape = new Tape();
        long largest = 0;
        foreach (int width in new[] { 700, 90_000, 33, 400_000, 5, 120_000, 399_999, 250_001 })
        {
            tape.Reset();
            Tensor[] made = [.. Enumerable.Range(0, 5).Select(at => tape.Empty(width + at))];
            for (int at = 0; at < made.Length; at++)
            {
                made[at].Values.Fill(at);
                tape.GradientOf(made[at]).Fill(10 + at);
            }

            Assert.All(made.Index(), entry => Assert.True(
                !entry.Item.Values.ContainsAnyExcept((float)entry.Index) && !entry.Item.Gradient.ContainsAnyExcept(10f + entry.Index), $"tensor {entry.Index} of width {width}"));
            largest = Math.Max(largest, 10L * (width + 5) * sizeof(float));
        }

        Assert.InRange(tape.Bytes, largest, 2 * largest);
    }

    [Fact]
    public void Zeros_of_memory_used_before_is_zero()
    {
        var tape = new Tape();
        tape.Empty(50).Values.Fill(7);
        tape.Reset();
        Assert.All(tape.Zeros(50).Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Record_not_recording_keeps_nothing_for_a_backward_pass()
    {
        var tape = new Tape(isRecording: false);
        Tensor x = Leaf(3), y = tape.Sum(tape.Multiply(x, x));
        Assert.False(y.NeedsGradient);
        tape.Backward(y);
        Assert.False(x.HasGradient);
    }

    [Fact]
    public void Backward_loss_of_several_numbers_is_refused()
    {
        var tape = new Tape();
        Assert.Contains("[2]", Assert.Throws<ArgumentException>(() => tape.Backward(tape.Scale(Leaf(1, 2), 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_of_a_tape_without_any_is_refused()
    {
        var tape = new Tape(isTraining: true);
        Assert.Throws<InvalidOperationException>(() => tape.Dropout(Leaf(1), 0.5f));
    }

    [Fact]
    public void Dropout_keeps_the_share_it_should_and_the_sum_on_average()
    {
        var tape = new Tape(new RandomSource(1), isTraining: true);
        Tensor mask = tape.DropoutMask(0.3f, 100_000);
        Assert.All(mask.Values.ToArray(), value => Assert.True(value is 0 or 1 / 0.7f));
        Assert.Equal(0.3, mask.Values.ToArray().Count(value => value == 0) / 100_000.0, 0.01);
        Tensor x = Leaf(1, 2);
        Assert.Same(x, new Tape(new RandomSource(1)).Dropout(x, 0.3f));
    }

    [Fact]
    public void FindNonFinite_names_layer_operation_and_time_step_of_the_first()
    {
        var layer = new Lstm(new LstmConfig(2, 3) { Layers = 2 }, new RandomSource(1));
        var tape = new Tape();
        var x = new Tensor(5, 2, 2);
        layer.Forward(tape, x);
        Assert.Null(tape.FindNonFinite());

        tape.Reset();
        x.At(3).Values[1] = float.NaN;
        layer.Forward(tape, x);
        NonFiniteNumber found = Assert.IsType<NonFiniteNumber>(tape.FindNonFinite());
        Assert.Equal(("lstm", false, 3), (found.Operation, found.IsGradient, found.TimeStep));
        Assert.Contains("l0", found.Layer, StringComparison.Ordinal);
        Assert.Contains("time step 3", found.ToString(), StringComparison.Ordinal);
        Assert.Contains("NaN", found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FindNonFinite_gradient_alone_is_found_and_named()
    {
        var tape = new Tape();
        Tensor x = Leaf(1, 2), y;
        using (tape.Enter("head"))
        {
            y = tape.Scale(x, 2);
        }

        Assert.Null(tape.FindNonFinite());
        tape.GradientOf(y)[1] = float.PositiveInfinity;
        NonFiniteNumber found = Assert.IsType<NonFiniteNumber>(tape.FindNonFinite());
        Assert.Equal(("head", "scale", true, 1, null), (found.Layer, found.Operation, found.IsGradient, found.Index, found.TimeStep));
        Assert.StartsWith("gradient of layer 'head', scale [2]", found.ToString(), StringComparison.Ordinal);
    }

    private static Tensor Leaf(params float[] values)
    {
        Tensor leaf = Tensor.From(values, values.Length);
        leaf.NeedsGradient = true;
        return leaf;
    }
}
