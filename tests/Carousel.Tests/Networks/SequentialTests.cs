using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Networks;

public sealed class SequentialTests
{
    [Fact]
    public void Constructor_no_layers_is_refused() => Assert.Throws<ArgumentException>(() => new Sequential());

    [Fact]
    public void Forward_returns_one_state_per_layer_named_by_its_index()
    {
        var network = new Sequential(new Linear(new(3, 4), new RandomSource(1)), new Lstm(new(4, 5), new RandomSource(2)), new Gru(new(5, 2), new RandomSource(3)));
        (Tensor output, SequentialState state) = network.Forward(new Tape(), new Tensor(6, 2, 3));
        Assert.Equal([6, 2, 2], output.Shape.ToArray());
        Assert.Null(state.Parts[0]);
        Assert.Equal(["1.hidden", "1.cell", "2.hidden"], state.Tensors().Select(entry => entry.Name));
    }

    [Fact]
    public void Detach_survives_the_reset_of_the_tape()
    {
        var network = new Sequential(new Lstm(new(3, 4), new RandomSource(2)), new Linear(new(4, 1), new RandomSource(1)));
        var x = new Tensor(2, 1, 3);
        x.Values.Fill(0.5f);
        var tape = new Tape();
        SequentialState kept = network.Forward(tape, x).State.Detach();
        float[] before = kept.Tensors().First().Tensor.Values.ToArray();
        tape.Reset();
        x.Values.Fill(-3);
        network.Forward(tape, x);
        Assert.Equal(before, kept.Tensors().First().Tensor.Values.ToArray());
    }

    [Fact]
    public void Forward_state_of_another_network_is_refused()
    {
        var network = new Sequential(new Lstm(new(3, 4), new RandomSource(2)));
        ArgumentException count = Assert.Throws<ArgumentException>(() => network.Forward(new Tape(), new Tensor(2, 1, 3), new SequentialState([null, null])));
        Assert.Contains("found 2", count.Message, StringComparison.Ordinal);
        ArgumentException kind = Assert.Throws<ArgumentException>(() => network.Forward(new Tape(), new Tensor(2, 1, 3), (LayerState)new GruState(new Tensor(1, 1, 4))));
        Assert.Contains("keeps a SequentialState, found a GruState", kind.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_shared_by_two_layers_are_listed_once()
    {
        var embedding = new Embedding(new(9, 4), new RandomSource(1));
        var network = new Sequential(embedding, new Lstm(new(4, 4), new RandomSource(2)), new Linear(new LinearConfig(4, 9), embedding.Weight));
        string[] names = [.. network.Parameters().Select(entry => entry.Name)];
        Assert.Contains("0.weight", names);
        Assert.DoesNotContain("2.weight", names);
        Assert.Contains("2.bias", names);
    }

    [Fact]
    public void Forward_number_that_is_not_finite_is_found_by_the_layer_s_index()
    {
        var network = new Sequential(new Linear(new(2, 2), new RandomSource(1)), new Lstm(new(2, 3), new RandomSource(2)));
        network.Parameters().Single(entry => entry.Name == "1.bias_ih_l0").Parameter.Tensor.Values[0] = float.NaN;
        var tape = new Tape();
        network.Forward(tape, new Tensor(2, 1, 2));
        Assert.StartsWith("1.", Assert.IsType<NonFiniteNumber>(tape.FindNonFinite()).Layer, StringComparison.Ordinal);
    }
}
