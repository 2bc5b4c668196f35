using Carousel.Numerics;
using Carousel.Training;

namespace Carousel.Tests.Training;

public sealed class ExampleOrderTests
{
    private const int Examples = 50;
    private const int Batch = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Every_example_comes_once(int bucketBatches)
    {
        Assert.Equal(Enumerable.Range(0, Examples), Pass(bucketBatches, seed: 1).Order());
    }

    [Fact]
    public void Batches_of_a_pool_hold_similar_lengths_in_an_order_of_their_own()
    {
        int[] pass = Pass(bucketBatches: 1000, seed: 1);

        int[][] batches = [.. pass.Take(48).Chunk(Batch)];
        Assert.All(batches, batch => Assert.True(batch.Max(Length) - batch.Min(Length) <= 1, string.Join(", ", batch.Select(Length))));
        int[] lengths = [.. batches.Select(batch => Length(batch[0]))];
        Assert.NotEqual(lengths.Order(), lengths);
    }

    [Fact]
    public void The_order_follows_from_the_random_state_alone()
    {
        Assert.Equal(Pass(bucketBatches: 3, seed: 5), Pass(bucketBatches: 3, seed: 5));
        Assert.NotEqual(Pass(bucketBatches: 3, seed: 5), Pass(bucketBatches: 3, seed: 6));
    }

    private static int[] Pass(int bucketBatches, ulong seed)
    {
        var order = new ExampleOrder(Examples, Batch, bucketBatches, Length);
        order.Shuffle(new RandomSource(seed).State);
        return order.Slice(0, Examples).ToArray();
    }

    private static int Length(int example) => 5 + (example % 13);
}
