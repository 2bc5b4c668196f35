using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>Law 4: any chunking of a sequence with carried state gives, bit for bit, what one call gives; and a state is a value.</summary>
public sealed class ChunkLawTests
{
    private const int Steps = 9, Batch = 3, Inputs = 5, Units = 19;

    [Theory]
    [MemberData(nameof(RecurrentVariants.Forward), MemberType = typeof(RecurrentVariants))]
    public void Forward_of_any_chunks_gives_the_bits_of_one_call(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer layer = RecurrentVariants.Make(config);
        var random = new RandomSource(2);
        Tensor x = RecurrentVariants.Normal(random, Steps, Batch, Inputs);
        LayerState start = RecurrentVariants.State(config, Batch, random);
        (Tensor whole, LayerState? wholeEnd) = layer.Forward(new Tape(), x, start);

        foreach (int[] chunks in (int[][])[[1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 3, 4], [8, 1], [1, 0, 8]])
        {
            LayerState? state = start;
            int from = 0;
            var tape = new Tape();
            foreach (int count in chunks)
            {
                (Tensor output, state) = layer.Forward(tape, x.Range(from, count), state);
                RecurrentVariants.AssertSameBits(whole.Range(from, count).Values, output.Values, $"output from step {from} in chunks {string.Join('+', chunks)}");
                state = state!.Detach();
                tape.Reset();
                from += count;
            }

            foreach (((string name, Tensor expected), (_, Tensor actual)) in wholeEnd!.Tensors().Zip(state!.Tensors()))
            {
                RecurrentVariants.AssertSameBits(expected.Values, actual.Values, $"{name} after chunks {string.Join('+', chunks)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Forward_from_one_state_twice_gives_the_same_and_leaves_it_as_it_was(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer layer = RecurrentVariants.Make(config);
        var random = new RandomSource(3);
        LayerState state = RecurrentVariants.State(config, Batch, random);
        LayerState copy = state.Detach();
        Tensor x = RecurrentVariants.Normal(random, Steps, Batch, Inputs), other = RecurrentVariants.Normal(random, Steps, Batch, Inputs);

        (Tensor first, _) = layer.Forward(new Tape(), x, state);
        layer.Forward(new Tape(), other, state);
        (Tensor again, _) = layer.Forward(new Tape(), x, state);

        RecurrentVariants.AssertSameBits(first.Values, again.Values, "output");
        foreach (((string name, Tensor expected), (_, Tensor actual)) in copy.Tensors().Zip(state.Tensors()))
        {
            RecurrentVariants.AssertSameBits(expected.Values, actual.Values, name);
        }
    }

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Detached_state_outlives_the_reset_of_its_tape_and_the_change_of_its_twin(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer layer = RecurrentVariants.Make(config);
        Tensor x = RecurrentVariants.Normal(new RandomSource(4), Steps, Batch, Inputs);
        var tape = new Tape();
        (_, LayerState? end) = layer.Forward(tape, x, null);
        LayerState kept = end!.Detach(), twin = kept.Detach();
        float[][] values = [.. kept.Tensors().Select(entry => entry.Tensor.Values.ToArray())];

        tape.Reset();
        layer.Forward(tape, x, twin);
        foreach ((_, Tensor tensor) in twin.Tensors())
        {
            tensor.Values.Fill(float.NaN);
        }

        foreach ((float[] expected, (string name, Tensor actual)) in values.Zip(kept.Tensors()))
        {
            RecurrentVariants.AssertSameBits(expected, actual.Values, name);
        }
    }
}
