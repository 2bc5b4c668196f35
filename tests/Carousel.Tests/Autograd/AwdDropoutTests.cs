using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Autograd;

/// <summary>The dropouts of the AWD-LSTM do what the paper says: drawn once, for all time steps, all places of a word, all of a weight.</summary>
public sealed class AwdDropoutTests
{
    [Fact]
    public void Variational_dropout_drops_the_same_features_at_every_step_and_others_in_every_sequence()
    {
        float[] y = Training().VariationalDropout(Ones(6, 40, 50), 0.3f).Values.ToArray();
        float[] first = y[..2000];
        Assert.All(y.Chunk(2000), step => Assert.Equal(first, step));
        Assert.All(y, value => Assert.True(value == 0 || value == 1 / 0.7f));
        Assert.Equal(0.3, first.Count(value => value == 0) / 2000.0, 0.05);
        Assert.Equal(40, first.Chunk(50).Select(sequence => string.Join(' ', sequence)).Distinct().Count());
    }

    [Fact]
    public void Embedding_dropout_drops_whole_words_wherever_they_stand()
    {
        int[] ids = [.. Enumerable.Range(0, 4000).Select(i => i * i % 997)];
        float[][] rows = [.. Training().EmbeddingDropout(Ones(100, 40, 3), ids, 997, 0.2f).Values.ToArray().Chunk(3)];
        var fates = ids.Zip(rows).GroupBy(entry => entry.First, entry => entry.Second).ToDictionary(word => word.Key, word => word.SelectMany(row => row).Distinct().Single());
        Assert.All(fates.Values, value => Assert.True(value == 0 || value == 1 / 0.8f));
        Assert.Equal(0.2, fates.Values.Count(value => value == 0) / (double)fates.Count, 0.06);
    }

    [Fact]
    public void Dropped_weights_keep_their_share_and_differ_from_draw_to_draw()
    {
        Tape tape = Training();
        Tensor ones = Ones(300, 331);
        float[] first = tape.DropWeights(ones, 0.25f).Values.ToArray(), second = tape.DropWeights(ones, 0.25f).Values.ToArray();
        Assert.Equal(0.25, first.Count(value => value == 0) / (double)first.Length, 0.006);
        Assert.Equal(0.25 * 0.25, first.Zip(second).Count(pair => pair.First == 0 && pair.Second == 0) / (double)first.Length, 0.004);

        // Neighbours, which share one random number, are independent.
        Assert.Equal(0.25 * 0.25, first.Chunk(2).Count(pair => pair.Length == 2 && pair[0] == 0 && pair[1] == 0) / (first.Length / 2.0), 0.006);
    }

    /// <summary>Against the plain reference, one output of SplitMix64 for two elements, at every odd length and wherever a part may start.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(16384)]
    [InlineData(1 << 30)]
    public void Factors_of_weights_are_those_drawn_one_by_one(int start)
    {
        const ulong seed = 0xFEDCBA9876543210;
        const uint dropped = 3u << 30;
        float[] factors = new float[67];
        for (int length = 0; length <= factors.Length; length++)
        {
            factors.AsSpan().Fill(-1);
            AwdDropouts.Factors(seed, start, dropped, 4, factors.AsSpan(0, length));

            Assert.Equal(Enumerable.Range(start, length).Select(at => Draw(seed, at) < dropped ? 0f : 4f), factors.Take(length));
            Assert.All(factors[length..], untouched => Assert.Equal(-1, untouched));
        }

        static uint Draw(ulong seed, int at)
        {
            ulong z = seed + ((((ulong)at / 2) + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            return (uint)(at % 2 == 0 ? z : z >> 32);
        }
    }

    [Fact]
    public void All_rest_when_nothing_is_trained()
    {
        Tensor x = Ones(2, 3, 4);
        var tape = new Tape();
        Assert.Same(x, tape.VariationalDropout(x, 0.5f));
        Assert.Same(x, tape.EmbeddingDropout(x, new int[6], 1, 0.5f));
        Assert.Same(x, tape.DropWeights(x, 0.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.DropWeights(x, 1));
        Assert.Throws<ArgumentException>(() => tape.EmbeddingDropout(x, new int[5], 1, 0.5f));
    }

    [Fact]
    public void Lstm_with_weight_drop_is_the_lstm_of_the_dropped_weight_at_every_step()
    {
        var config = new LstmConfig(4, 6);
        var dropping = new Lstm(config, new RandomSource(1), weightDrop: 0.5f);
        var plain = new Lstm(config, new RandomSource(1));
        Parameter weight = plain.Parameters().Single(entry => entry.Name == "weight_hh_l0").Parameter;
        weight.Assign(Training().DropWeights(weight.Tensor, 0.5f).Values.ToArray());
        Assert.InRange(weight.Tensor.Values.ToArray().Count(value => value == 0), 40, 104);

        var x = new Tensor(5, 3, 4);
        var random = new RandomSource(2);
        foreach (ref float value in x.Values)
        {
            value = random.NextNormal();
        }

        Assert.Equal(plain.Forward(new Tape(), x).Output.Values.ToArray(), dropping.Forward(Training(), x).Output.Values.ToArray());
    }

    private static Tape Training() => new(new RandomSource(5), isTraining: true);

    private static Tensor Ones(params int[] shape)
    {
        var tensor = new Tensor(shape);
        tensor.Values.Fill(1);
        return tensor;
    }
}
