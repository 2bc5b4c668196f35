using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>Law 3: a padded batch gives, bit for bit, what each sequence gives alone, whatever stands in the padding.</summary>
public sealed class PaddingLawTests
{
    private const int Steps = 9, Inputs = 5, Units = 19;
    private static readonly int[] Lengths = [9, 4, 0, 1, 7, 9, 2];

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Forward_of_padded_batch_gives_the_bits_of_each_sequence_alone(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer layer = RecurrentVariants.Make(config);
        var random = new RandomSource(2);
        LayerState state = RecurrentVariants.State(config, Lengths.Length, random);
        Tensor x = PaddedInput(random);
        (Tensor output, LayerState? end) = layer.Forward(new Tape(), x, state, Lengths);

        for (int row = 0; row < Lengths.Length; row++)
        {
            int length = Lengths[row];
            LayerState alone = RecurrentVariants.RowOf(state, row);
            (Tensor expected, LayerState? expectedEnd) = length == 0
                ? (new Tensor(0, 1, config.OutputFeatures), alone)
                : layer.Forward(new Tape(), RecurrentVariants.Row(x, row).Range(0, length), alone);
            Tensor found = RecurrentVariants.Row(output, row);
            RecurrentVariants.AssertSameBits(expected.Values, found.Range(0, length).Values, $"output of sequence {row}");
            Assert.All(found.Range(length, Steps - length).Values.ToArray(), value => Assert.Equal(0f, value));
            foreach (((string name, Tensor wanted), (_, Tensor got)) in expectedEnd!.Tensors().Zip(RecurrentVariants.RowOf(end!, row).Tensors()))
            {
                RecurrentVariants.AssertSameBits(wanted.Values, got.Values, $"{name} of sequence {row}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Backward_of_padded_batch_gives_the_gradients_of_the_sequences_alone(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer padded = RecurrentVariants.Make(config), alone = RecurrentVariants.Make(config);
        var random = new RandomSource(3);
        Tensor x = PaddedInput(random), weights = RecurrentVariants.Normal(random, Steps, Lengths.Length, config.OutputFeatures);
        x.NeedsGradient = true;
        SendBack(padded, x, weights, Lengths);

        for (int row = 0; row < Lengths.Length; row++)
        {
            int length = Lengths[row];
            if (length > 0)
            {
                Tensor part = RecurrentVariants.Row(x, row).Range(0, length);
                part.NeedsGradient = true;
                SendBack(alone, part, RecurrentVariants.Row(weights, row).Range(0, length), lengths: null);
                for (int t = 0; t < length; t++)
                {
                    RecurrentVariants.AssertSameBits(part.At(t).Gradient, x.At(t).At(row).Gradient, $"gradient of x at step {t} of sequence {row}");
                }
            }

            for (int t = length; t < Steps; t++)
            {
                Assert.All(x.At(t).At(row).Gradient.ToArray(), value => Assert.Equal(0f, value));
            }
        }

        foreach (((string name, Parameter expected), (_, Parameter actual)) in alone.Parameters().Zip(padded.Parameters()))
        {
            // Each sequence adds its part in another order here, so the last bits differ.
            float allowed = 1e-5f * Math.Max(1, expected.Tensor.Gradient.ToArray().Max(Math.Abs));
            for (int i = 0; i < expected.Tensor.Length; i++)
            {
                Assert.True(Math.Abs(expected.Tensor.Gradient[i] - actual.Tensor.Gradient[i]) <= allowed, $"{name}[{i}]: {expected.Tensor.Gradient[i]} against {actual.Tensor.Gradient[i]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Training_step_with_NaN_in_the_padding_of_input_and_gradient_stays_finite(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer layer = RecurrentVariants.Make(config);
        Tensor x = PaddedInput(new RandomSource(4));
        x.NeedsGradient = true;
        var tape = new Tape(new RandomSource(5), isTraining: true);
        (Tensor output, LayerState? end) = layer.Forward(tape, x, null, Lengths);
        tape.GradientOf(output).Fill(1);
        for (int row = 0; row < Lengths.Length; row++)
        {
            for (int t = Lengths[row]; t < Steps; t++)
            {
                output.At(t).At(row).Gradient.Fill(float.NaN);
            }
        }

        foreach ((_, Tensor tensor) in end!.Tensors())
        {
            Assert.All(tensor.Values.ToArray(), value => Assert.True(float.IsFinite(value)));
            tape.GradientOf(tensor).Fill(1);
        }

        Assert.All(output.Values.ToArray(), value => Assert.True(float.IsFinite(value)));
        tape.Backward();
        Assert.All(x.Gradient.ToArray(), value => Assert.True(float.IsFinite(value)));
        Assert.All(layer.Parameters(), entry => Assert.All(entry.Parameter.Tensor.Gradient.ToArray(), value => Assert.True(float.IsFinite(value), entry.Name)));
    }

    private static void SendBack(Layer layer, Tensor x, Tensor weights, int[]? lengths)
    {
        var tape = new Tape();
        (Tensor output, LayerState? end) = layer.Forward(tape, x, null, lengths);
        weights.Values.CopyTo(tape.GradientOf(output));
        foreach ((_, Tensor tensor) in end!.Tensors())
        {
            tape.GradientOf(tensor).Fill(0.5f);
        }

        tape.Backward();
    }

    private static Tensor PaddedInput(RandomSource random)
    {
        Tensor x = RecurrentVariants.Normal(random, Steps, Lengths.Length, Inputs);
        for (int row = 0; row < Lengths.Length; row++)
        {
            for (int t = Lengths[row]; t < Steps; t++)
            {
                x.At(t).At(row).Values.Fill(float.NaN);
            }
        }

        return x;
    }
}
