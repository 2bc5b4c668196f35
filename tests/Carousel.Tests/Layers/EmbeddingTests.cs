using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Layers;

public sealed class EmbeddingTests
{
    [Fact]
    public void Forward_ids_give_rows_in_the_shape_of_the_ids()
    {
        Embedding layer = Table(null);
        Tensor output = layer.Forward(new Tape(), [2, 0, 2, 1], 2, 2);
        Assert.Equal([2, 2, 2], output.Shape.ToArray());
        Assert.Equal([20, 21, 0, 1, 20, 21, 10, 11], output.Values.ToArray());
        Assert.Equal(output.Values.ToArray(), layer.Forward(new Tape(), Tensor.From([2, 0, 2, 1], 2, 2), null).Output.Values.ToArray());
    }

    [Fact]
    public void Backward_repeated_ids_add_and_unused_and_padding_rows_get_nothing()
    {
        Embedding layer = Table(-3);
        var tape = new Tape();
        Tensor output = layer.Forward(tape, [2, 0, 2, 2], 4);
        Tensor.From([1, 2, 100, 100, 4, 8, 16, 32], 8).Values.CopyTo(tape.GradientOf(output));
        tape.Backward();
        Assert.Equal([0, 0, 0, 0, 21, 42], layer.Weight.Tensor.Gradient.ToArray());
    }

    [Fact]
    public void Constructor_padding_row_starts_at_zero()
    {
        var layer = new Embedding(new EmbeddingConfig(5, 3) { PaddingIndex = -1 }, new RandomSource(1));
        Assert.All(layer.Weight.Tensor.At(4).Values.ToArray(), value => Assert.Equal(0, value));
        Assert.All(layer.Weight.Tensor.Range(0, 4).Values.ToArray(), value => Assert.True(value != 0 && Math.Abs(value) <= 0.1f));
    }

    [Theory]
    [InlineData(3, "id 1 of 2 is 3, expected 0 … 2")]
    [InlineData(-1, "id 1 of 2 is -1, expected 0 … 2")]
    public void Forward_id_outside_the_table_is_refused(int id, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentOutOfRangeException>(() => Table(null).Forward(new Tape(), [0, id], 2)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1.5f)]
    [InlineData(float.NaN)]
    [InlineData(1e20f)]
    public void Forward_number_that_is_no_id_is_refused(float id) =>
        Assert.Contains("expected a whole number 0 … 2", Assert.Throws<ArgumentException>(() => Table(null).Forward(new Tape(), Tensor.From([id], 1, 1), null)).Message, StringComparison.Ordinal);

    [Fact]
    public void Linear_tied_to_an_embedding_adds_both_gradients_in_one_parameter()
    {
        var random = new RandomSource(4);
        var embedding = new Embedding(new EmbeddingConfig(6, 4), random);
        Parameter own = new("weight", 6, 4);
        own.Assign(embedding.Weight.Tensor.Values);
        float[] apartEmbedding = Gradient(embedding, new Linear(new LinearConfig(4, 6), own)), apartLinear = own.Tensor.Gradient.ToArray();
        embedding.Weight.Tensor.ClearGradient();
        float[] tied = Gradient(embedding, new Linear(new LinearConfig(4, 6), embedding.Weight));

        Assert.Contains(apartEmbedding, value => value != 0);
        Assert.Contains(apartLinear, value => value != 0);
        Assert.Equal(apartEmbedding.Zip(apartLinear, (a, b) => a + b), tied);

        static float[] Gradient(Embedding embedding, Linear head)
        {
            var tape = new Tape();
            Tensor logits = head.Forward(tape, tape.Tanh(embedding.Forward(tape, [4, 1, 3], 3, 1)));
            tape.Backward(tape.Sum(tape.Multiply(logits, logits)));
            return embedding.Weight.Tensor.Gradient.ToArray();
        }
    }

    [Fact]
    public void Linear_tied_to_a_table_of_another_shape_is_refused() =>
        Assert.Contains("needs a weight [7, 4], found weight [6, 4]",
            Assert.Throws<ArgumentException>(() => new Linear(new LinearConfig(4, 7), new Parameter("weight", 6, 4))).Message, StringComparison.Ordinal);

    // Row r of the table is 10r, 10r + 1.
    private static Embedding Table(int? padding)
    {
        var layer = new Embedding(new EmbeddingConfig(3, 2) { PaddingIndex = padding }, new RandomSource(1));
        layer.Weight.Assign([0, 1, 10, 11, 20, 21]);
        return layer;
    }
}
