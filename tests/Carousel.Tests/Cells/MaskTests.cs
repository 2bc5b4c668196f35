using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>Zoneout and the recurrent dropouts: what a mask does, given or drawn.</summary>
public sealed class MaskTests
{
    private const int Steps = 4, Batch = 3, Inputs = 5, Units = 6;

    [Theory]
    [InlineData(RecurrentDropout.Candidate, true)]
    [InlineData(RecurrentDropout.Candidate, false)]
    [InlineData(RecurrentDropout.Variational, false)]
    [InlineData(RecurrentDropout.WeightDrop, false)]
    public void Dropout_mask_of_ones_gives_the_plain_LSTM(RecurrentDropout kind, bool perStep)
    {
        var layer = (DropoutLstm)RecurrentVariants.Make(new DropoutLstmConfig(Inputs, Units) { Kind = kind, PerStep = perStep, Layers = 2, Bidirectional = true });
        Tensor x = RecurrentVariants.Normal(new RandomSource(2), Steps, Batch, Inputs);
        Dictionary<string, Tensor> ones = [];
        foreach (string suffix in (string[])["_l0", "_l0_reverse", "_l1", "_l1_reverse"])
        {
            ones[$"{(kind == RecurrentDropout.Candidate ? "mask_g" : kind == RecurrentDropout.Variational ? "mask_h" : "mask_u")}{suffix}"] = Ones(kind switch
            {
                RecurrentDropout.Candidate => perStep ? [Steps, Batch, Units] : [Batch, Units],
                RecurrentDropout.Variational => [Batch, Units],
                _ => [4 * Units, Units],
            });
        }

        float[] plain = layer.Forward(new Tape(), x).Output.Values.ToArray(), masked = layer.Forward(new Tape(), x, masks: ones).Output.Values.ToArray();
        Assert.All(plain.Zip(masked), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void Candidate_mask_of_zeros_lets_the_memory_only_fade()
    {
        var layer = (DropoutLstm)RecurrentVariants.Make(new DropoutLstmConfig(Inputs, Units) { PerStep = false });
        var random = new RandomSource(2);
        var start = (LstmState)RecurrentVariants.State(layer.Config, Batch, random);
        (_, LstmState end) = layer.Forward(new Tape(), RecurrentVariants.Normal(random, 1, Batch, Inputs), start, masks: new Dictionary<string, Tensor> { ["mask_g_l0"] = new(Batch, Units) });
        Assert.All(start.Cell.Values.ToArray().Zip(end.Cell.Values.ToArray()), pair => Assert.InRange(pair.Second / pair.First, 0f, 1f));
    }

    [Fact]
    public void Zoneout_mask_of_ones_keeps_the_state_whatever_comes()
    {
        var layer = (ZoneoutLstm)RecurrentVariants.Make(new ZoneoutLstmConfig(Inputs, Units));
        var random = new RandomSource(2);
        var start = (LstmState)RecurrentVariants.State(layer.Config, Batch, random);
        Tensor keep = Ones(Steps, Batch, Units);
        (_, LstmState end) = layer.Forward(
            new Tape(), RecurrentVariants.Normal(random, Steps, Batch, Inputs), start, masks: new Dictionary<string, Tensor> { ["mask_c_l0"] = keep, ["mask_h_l0"] = keep });
        Assert.Equal(start.Hidden.Values.ToArray(), end.Hidden.Values.ToArray());
        Assert.Equal(start.Cell.Values.ToArray(), end.Cell.Values.ToArray());
    }

    [Fact]
    public void Zoneout_in_training_keeps_the_share_of_values_that_the_rates_say()
    {
        const int Rows = 100, Width = 100;
        var layer = (ZoneoutLstm)RecurrentVariants.Make(new ZoneoutLstmConfig(Inputs, Width) { CellRate = 0.5f, HiddenRate = 0.1f });
        var random = new RandomSource(2);
        var start = (LstmState)RecurrentVariants.State(layer.Config, Rows, random);
        (_, LstmState end) = layer.Forward(new Tape(random, isTraining: true), RecurrentVariants.Normal(random, 1, Rows, Inputs), start);
        Assert.Equal(0.5, Kept(start.Cell, end.Cell), 0.02);
        Assert.Equal(0.1, Kept(start.Hidden, end.Hidden), 0.012);

        static double Kept(Tensor before, Tensor after) => before.Values.ToArray().Zip(after.Values.ToArray()).Count(pair => pair.First == pair.Second) / (double)before.Length;
    }

    [Theory]
    [InlineData("zoneout, stacked bidirectional")]
    [InlineData("candidate dropout per step, stacked bidirectional")]
    [InlineData("candidate dropout per sequence, stacked bidirectional")]
    [InlineData("variational dropout, stacked bidirectional")]
    [InlineData("weight drop, stacked bidirectional")]
    public void Training_draws_by_the_seed_and_evaluation_draws_nothing(string variant)
    {
        Layer layer = RecurrentVariants.Make(RecurrentVariants.Config(variant, Inputs, Units));
        Tensor x = RecurrentVariants.Normal(new RandomSource(2), Steps, Batch, Inputs);
        float[] first = Output(new Tape(new RandomSource(5), isTraining: true)), again = Output(new Tape(new RandomSource(5), isTraining: true));
        float[] other = Output(new Tape(new RandomSource(6), isTraining: true)), evaluation = Output(new Tape());
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, evaluation);

        float[] Output(Tape tape) => layer.Forward(tape, x, null).Output.Values.ToArray();
    }

    [Fact]
    public void Forward_with_a_mask_nobody_knows_lists_the_known_ones()
    {
        var layer = (ZoneoutLstm)RecurrentVariants.Make(new ZoneoutLstmConfig(Inputs, Units));
        Dictionary<string, Tensor> masks = new() { ["mask_c_l1"] = Ones(Steps, Batch, Units) };
        string message = Assert.Throws<ArgumentException>(() => layer.Forward(new Tape(), new Tensor(Steps, Batch, Inputs), masks: masks)).Message;
        Assert.Contains("'mask_c_l1', only mask_c_l0, mask_h_l0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_with_a_mask_of_another_shape_says_which_was_expected()
    {
        var layer = (ZoneoutLstm)RecurrentVariants.Make(new ZoneoutLstmConfig(Inputs, Units));
        Dictionary<string, Tensor> masks = new() { ["mask_c_l0"] = Ones(Batch, Units) };
        string message = Assert.Throws<ArgumentException>(() => layer.Forward(new Tape(), new Tensor(Steps, Batch, Inputs), masks: masks)).Message;
        Assert.Contains("mask 'mask_c_l0' must be [4, 3, 6], found [3, 6]", message, StringComparison.Ordinal);
    }

    private static Tensor Ones(params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(shape);
        tensor.Values.Fill(1);
        return tensor;
    }
}
