using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Tests.Autograd;

/// <summary>The LSTM over sequences of several segments: what is recomputed, run again, or not finite.</summary>
public sealed class LstmSequenceTests
{
    // 51 steps of 20 sequences are a segment.
    private const int Steps = 110, Batch = 20, Inputs = 3, Units = 5;

    public static TheoryData<bool, bool, bool> Variants => new MatrixTheoryData<bool, bool, bool>([false, true], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Recomputed_gives_the_bits_of_what_is_kept(bool reverse, bool hasLengths, bool isProjected)
    {
        List<float[]> expected = Run(new Tape(), reverse, hasLengths, isProjected, passes: 1);
        using var workers = new Workers(3);
        Assert.Equal(expected, Run(new Tape(workers: workers, recomputes: true), reverse, hasLengths, isProjected, passes: 1));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Run_again_gives_the_same_bits(bool reverse, bool hasLengths, bool isProjected)
    {
        List<float[]> expected = Run(new Tape(), reverse, hasLengths, isProjected, passes: 1);
        Assert.Equal(expected, Run(new Tape(), reverse, hasLengths, isProjected, passes: 2));
        Assert.Equal(expected, Run(new Tape(recomputes: true), reverse, hasLengths, isProjected, passes: 3));
    }

    [Fact]
    public void Recomputing_takes_less_memory()
    {
        long kept = Bytes(new Tape()), recomputed = Bytes(new Tape(recomputes: true));
        Assert.True(recomputed < 0.6 * kept, $"{recomputed} bytes against {kept}");

        static long Bytes(Tape tape)
        {
            Tensor x = new(2000, Batch, Inputs);
            long mark = Allocations.Mark();
            tape.Lstm(x, Weights(new RandomSource(1), isProjected: false));
            return Allocations.Since(mark);
        }
    }

    [Theory]
    [InlineData(false, 60)]
    [InlineData(true, 60)]
    [InlineData(false, 0)]
    public void FindNonFinite_in_the_input_names_gates_and_the_step(bool reverse, int step)
    {
        var tape = new Tape();
        Tensor x = new(Steps, Batch, Inputs);
        x.At(step).Values[4] = float.NaN;
        tape.Lstm(x, Weights(new RandomSource(1), isProjected: false), reverse: reverse);
        NonFiniteNumber found = tape.FindNonFinite()!;
        Assert.Equal(("gates", step, false), (found.Tensor, found.TimeStep, found.IsGradient));
        Assert.Contains($"gates [20, 20], time step {step}: first non-finite number NaN", found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FindNonFinite_in_the_gradients_names_the_step_that_comes_first_in_backward_order()
    {
        var tape = new Tape();
        Tensor x = new(Steps, Batch, Inputs) { NeedsGradient = true };
        (Tensor output, _, _) = tape.Lstm(x, Weights(new RandomSource(1), isProjected: false));
        tape.GradientOf(output)[70 * Batch * Units] = float.PositiveInfinity;
        tape.Backward();
        NonFiniteNumber found = tape.FindNonFinite()!;
        Assert.Equal(("lstm", true, 70), (found.Operation, found.IsGradient, found.TimeStep));
    }

    // Output, ends and all gradients.
    private static List<float[]> Run(Tape tape, bool reverse, bool hasLengths, bool isProjected, int passes)
    {
        var random = new RandomSource(4);
        LstmWeights weights = Weights(random, isProjected);
        Tensor x = Normal(random, Steps, Batch, Inputs), hidden = Normal(random, Batch, weights.Outputs), cell = Normal(random, Batch, Units), slopes = Normal(random, Steps, Batch, weights.Outputs);
        int[]? lengths = hasLengths ? [.. Enumerable.Range(0, Batch).Select(row => row * Steps / (Batch - 1))] : null;
        (Tensor output, Tensor lastHidden, Tensor lastCell) = tape.Lstm(x, weights, hidden, cell, lengths, reverse);
        Tensor[] leaves = [x, hidden, cell, weights.InputHidden, weights.HiddenHidden, weights.InputBias!, weights.HiddenBias!, .. isProjected ? (Tensor[])[weights.Projection!] : []];
        for (int pass = 0; pass < passes; pass++)
        {
            if (pass > 0)
            {
                Assert.True(tape.Replay(keepsWeights: pass == 2));
                Array.ForEach(leaves, leaf => leaf.ClearGradient());
            }

            slopes.Values.CopyTo(tape.GradientOf(output));
            tape.GradientOf(lastCell).Fill(0.5f);
            tape.Backward();
        }

        return [output.Values.ToArray(), lastHidden.Values.ToArray(), lastCell.Values.ToArray(), .. leaves.Select(leaf => leaf.Gradient.ToArray())];
    }

    private static LstmWeights Weights(RandomSource random, bool isProjected)
    {
        int outputs = isProjected ? 4 : Units;
        return new LstmWeights(Normal(random, 4 * Units, Inputs), Normal(random, 4 * Units, outputs), Normal(random, 4 * Units), Normal(random, 4 * Units), isProjected ? Normal(random, outputs, Units) : null);
    }

    private static Tensor Normal(RandomSource random, params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(shape) { NeedsGradient = true };
        foreach (ref float value in tensor.Values)
        {
            value = 0.5f * random.NextNormal();
        }

        return tensor;
    }
}
