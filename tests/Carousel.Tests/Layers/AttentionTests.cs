using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Tests.Networks;

namespace Carousel.Tests.Layers;

public sealed class AttentionTests
{
    [Fact]
    public void MaskedSoftmax_query_that_sees_nothing_gets_zeros_and_passes_no_gradient()
    {
        var tape = new Tape();
        Tensor scores = Tensor.From([1, 2, 3, 4, 5, 6], 1, 1, 2, 3);
        scores.NeedsGradient = true;
        Tensor weights = tape.MaskedSoftmax(scores, new AttentionMask { Pairs = [false, false, false, true, false, true] });
        Assert.Equal([0, 0, 0], weights.Values[..3].ToArray());
        Assert.Equal(0, weights.Values[4]);
        Assert.Equal(1, weights.Values[3] + weights.Values[5], 6);
        tape.GradientOf(weights).Fill(1);
        weights.Gradient[5] = 3;
        tape.Backward();
        Assert.Equal([0, 0, 0], scores.Gradient[..3].ToArray());
        Assert.Equal(0, scores.Gradient[4]);
        Assert.True(scores.Gradient[5] > 0.1f && scores.Gradient[3] < -0.1f);
    }

    [Fact]
    public void MaskedSoftmax_conditions_all_hold_together()
    {
        // Causal hides key 2 from query 1, the pairs hide key 0 from query 2, the keys hide key 1 of sequence 1.
        var mask = new AttentionMask { Causal = true, Pairs = [true, true, true, true, true, true, false, true, true], Keys = [true, true, true, true, false, true] };
        Tensor weights = new Tape().MaskedSoftmax(new Tensor(2, 1, 3, 3), mask);
        Assert.Equal([1, 0, 0, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f, 1, 0, 0, 1, 0, 0, 0, 0, 1], weights.Values.ToArray());
    }

    [Fact]
    public void MaskedSoftmax_mask_of_another_size_is_refused()
    {
        var scores = new Tensor(2, 1, 3, 4);
        Assert.Contains("B·S = 2·4", Assert.Throws<ArgumentException>(() => new Tape().MaskedSoftmax(scores, new AttentionMask { Keys = [true] })).Message, StringComparison.Ordinal);
        Assert.Contains("L·S = 3·4", Assert.Throws<ArgumentException>(() => new Tape().MaskedSoftmax(scores, new AttentionMask { Pairs = [true] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromLengths_one_length_too_few_is_refused() =>
        Assert.Contains("2 numbers from 0 to 5", Assert.Throws<ArgumentException>(() => AttentionMask.FromLengths([3], new Tensor(5, 2, 4))).Message, StringComparison.Ordinal);

    [Fact]
    public void ScaledDotProduct_query_on_one_key_reads_its_value()
    {
        // Scores 0 and 100/√1: the weight of the first key is e^−100, which float32 cannot tell from 0 beside 1.
        (Tensor output, Tensor weights) = new Tape().ScaledDotProduct(Tensor.From([10], 1, 1, 1), Tensor.From([0, 10], 2, 1, 1), Tensor.From([1, 2, 3, 4], 2, 1, 2));
        Assert.Equal([3f, 4f], output.Values.ToArray());
        Assert.Equal(1, weights.Values[1]);
    }

    [Fact]
    public void ScaledDotProduct_heads_that_do_not_divide_the_features_are_refused() =>
        Assert.Contains("3 heads do not divide the 4 features", Assert.Throws<ArgumentException>(() =>
            new Tape().ScaledDotProduct(new Tensor(2, 1, 4), new Tensor(2, 1, 4), new Tensor(2, 1, 4), heads: 3)).Message, StringComparison.Ordinal);

    /// <summary>Law 3 for a decoder: what lies beyond the source's end is garbage and not looked at, forward or backward.</summary>
    [Theory]
    [InlineData("additive")]
    [InlineData("luong general")]
    [InlineData("luong concat")]
    [InlineData("multi-head")]
    public void Forward_padded_sources_give_what_each_gives_alone(string kind)
    {
        int[] lengths = [7, 20, 1];
        var random = new RandomSource(5);
        Tensor queries = Normal(random, 2, 3, 6), keys = Normal(random, 20, 3, 4);
        (Tensor output, Tensor queryGradient, Tensor keyGradient) = Attend(kind, queries, keys, lengths);
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            int length = lengths[sequence];
            (Tensor ownOutput, Tensor ownQueryGradient, Tensor ownKeyGradient) = Attend(kind, SampleNetworks.Sequence(queries, sequence, 2), SampleNetworks.Sequence(keys, sequence, length), null);
            Assert.Equal(ownOutput.Values.ToArray(), SampleNetworks.Sequence(output, sequence, 2).Values.ToArray());
            Assert.Equal(ownQueryGradient.Values.ToArray(), SampleNetworks.Sequence(queryGradient, sequence, 2).Values.ToArray());
            float[] batched = SampleNetworks.Sequence(keyGradient, sequence, 20).Values.ToArray();
            Assert.Equal(ownKeyGradient.Values.ToArray(), batched[..(length * 4)]);
            Assert.All(batched[(length * 4)..], value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EncoderLayer_causal_never_looks_ahead(bool normFirst)
    {
        var layer = new EncoderLayer(new EncoderLayerConfig(6, 2, 8) { Causal = true, NormFirst = normFirst }, new RandomSource(1));
        Tensor x = Normal(new RandomSource(2), 7, 2, 6);
        x.NeedsGradient = true;
        var tape = new Tape();
        Tensor output = layer.Forward(tape, x);
        tape.GradientOf(output);
        output.At(3).Gradient.Fill(1);
        output.At(3).Gradient[0] = -2;
        tape.Backward();
        Assert.Contains(x.Range(0, 3).Gradient.ToArray(), value => value != 0);
        Assert.All(x.Range(4, 3).Gradient.ToArray(), value => Assert.Equal(0, value));

        float[] before = output.Range(0, 4).Values.ToArray();
        x.Range(4, 3).Values.Fill(100);
        Assert.Equal(before, layer.Forward(new Tape(), x).Range(0, 4).Values.ToArray());
    }

    [Fact]
    public void EncoderLayer_without_mask_looks_ahead()
    {
        var layer = new EncoderLayer(new EncoderLayerConfig(6, 2, 8), new RandomSource(1));
        Tensor x = Normal(new RandomSource(2), 7, 2, 6);
        float[] before = layer.Forward(new Tape(), x).At(0).Values.ToArray();
        x.At(6).Values.Fill(3);
        Assert.NotEqual(before, layer.Forward(new Tape(), x).At(0).Values.ToArray());
    }

    [Fact]
    public void MultiHeadAttention_sequence_of_padding_only_gives_the_bias_of_the_output()
    {
        var layer = new MultiHeadAttention(new MultiHeadAttentionConfig(4, 2), new RandomSource(1));
        float[] bias = [1, 2, 3, 4];
        layer.Parameters().Single(entry => entry.Name == "out_proj.bias").Parameter.Assign(bias);
        Tensor x = Normal(new RandomSource(2), 3, 2, 4);
        x.NeedsGradient = true;
        var tape = new Tape();
        Tensor output = layer.Forward(tape, x, null, [3, 0]).Output;
        Assert.Equal([.. bias, .. bias, .. bias], SampleNetworks.Sequence(output, 1, 3).Values.ToArray());
        tape.GradientOf(output).Fill(1);
        tape.Backward();
        Assert.All(x.Gradient.ToArray(), value => Assert.True(float.IsFinite(value)));
        Assert.All(SampleNetworks.Sequence(Tensor.From(x.Gradient, x.Shape), 1, 3).Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void MultiHeadAttention_weights_of_each_head_sum_to_one()
    {
        var layer = new MultiHeadAttention(new MultiHeadAttentionConfig(6, 3) { KeySize = 4, ValueSize = 5 }, new RandomSource(1));
        var random = new RandomSource(3);
        (Tensor output, Tensor weights) = layer.Forward(new Tape(), Normal(random, 2, 2, 6), Normal(random, 9, 2, 4), Normal(random, 9, 2, 5));
        Assert.Equal([2, 2, 6], output.Shape.ToArray());
        Assert.Equal([2, 3, 2, 9], weights.Shape.ToArray());
        for (int row = 0; row < 12; row++)
        {
            Assert.Equal(1, weights.Values.Slice(row * 9, 9).ToArray().Sum(), 5);
        }
    }

    [Fact]
    public void Forward_keys_of_another_batch_are_refused()
    {
        var additive = new AdditiveAttention(new AdditiveAttentionConfig(6, 4, 5), new RandomSource(1));
        ArgumentException error = Assert.Throws<ArgumentException>(() => additive.Forward(new Tape(), new Tensor(1, 2, 6), additive.Remember(new Tape(), new Tensor(3, 4, 4))));
        Assert.Contains("agree in B and F, found [1, 2, 5] and [3, 4, 5]", error.Message, StringComparison.Ordinal);
        var luong = new LuongAttention(new LuongAttentionConfig(6, 4), new RandomSource(1));
        Assert.Contains("keys [S, B, K] with 4 features, found [3, 2, 5]",
            Assert.Throws<ArgumentException>(() => luong.Remember(new Tape(), new Tensor(3, 2, 5))).Message, StringComparison.Ordinal);
    }

    private static (Tensor Output, Tensor QueryGradient, Tensor KeyGradient) Attend(string kind, Tensor queries, Tensor keys, int[]? lengths)
    {
        var random = new RandomSource(9);
        var tape = new Tape();
        (queries.NeedsGradient, keys.NeedsGradient) = (true, true);
        queries.ClearGradient();
        keys.ClearGradient();
        AttentionMask? mask = AttentionMask.FromLengths(lengths, keys);
        Tensor output;
        if (kind == "additive")
        {
            var layer = new AdditiveAttention(new AdditiveAttentionConfig(6, 4, 5), random);
            output = layer.Forward(tape, queries, layer.Remember(tape, keys, mask)).Context;
        }
        else if (kind == "multi-head")
        {
            output = new MultiHeadAttention(new MultiHeadAttentionConfig(6, 2) { KeySize = 4, ValueSize = 4 }, random).Forward(tape, queries, keys, keys, mask).Output;
        }
        else
        {
            var layer = new LuongAttention(new LuongAttentionConfig(6, 4) { Score = kind == "luong concat" ? LuongScore.Concat : LuongScore.General }, random);
            output = layer.Forward(tape, queries, layer.Remember(tape, keys, mask)).Attentional;
        }

        tape.GradientOf(output).Fill(1);
        tape.Backward();
        return (output, Tensor.From(queries.Gradient, queries.Shape), Tensor.From(keys.Gradient, keys.Shape));
    }

    private static Tensor Normal(RandomSource random, params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(shape);
        foreach (ref float value in tensor.Values)
        {
            value = random.NextNormal();
        }

        return tensor;
    }
}
