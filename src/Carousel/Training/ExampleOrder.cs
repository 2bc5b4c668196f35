using Carousel.Numerics;

namespace Carousel.Training;

/// <summary>
/// The order in which one pass over the training part takes its examples: consecutive, or shuffled, and in batches of similar length where that is asked
/// for.
/// </summary>
/// <remarks>
/// Batches of similar length ("bucketing"): the shuffled examples are cut into pools of several batches, each pool is sorted by length, and the full batches of all pools are
/// taken in random order. Little padding, and an order that is still random in every epoch. It depends on nothing but the random state (DESIGN, law 6).
/// </remarks>
/// <param name="examples">Number of examples.</param>
/// <param name="batch">Examples of a batch.</param>
/// <param name="bucketBatches">Batches of a pool that is sorted by length; 0 to not sort.</param>
/// <param name="lengthOf">Length of an example.</param>
internal sealed class ExampleOrder(int examples, int batch, int bucketBatches, Func<int, int> lengthOf)
{
    private readonly int[] _examples = [.. Enumerable.Range(0, examples)];

    /// <summary>Examples from a position on, in the order of this pass.</summary>
    public ReadOnlySpan<int> Slice(int start, int count) => _examples.AsSpan(start, count);

    /// <summary>Shuffles for the pass that belongs to a random state. Without it the examples are consecutive.</summary>
    public void Shuffle(IReadOnlyList<ulong> random)
    {
        for (int i = 0; i < _examples.Length; i++)
        {
            _examples[i] = i;
        }

        RandomSource source = RandomSource.Restore(random);
        source.Shuffle(_examples.AsSpan());
        if (bucketBatches > 0)
        {
            SortPools();
            ShuffleBatches(source);
        }
    }

    private void SortPools()
    {
        int pool = (int)Math.Min((long)batch * bucketBatches, _examples.Length);
        for (int start = 0; start < _examples.Length; start += pool)
        {
            // Equal lengths stay in their shuffled order: OrderBy is stable, Array.Sort is not.
            var part = new ArraySegment<int>(_examples, start, Math.Min(pool, _examples.Length - start));
            part.OrderBy(lengthOf).ToArray().CopyTo(part.AsSpan());
        }
    }

    // The last batch stays last when it is not full, so that all batches start where the trainer expects them.
    private void ShuffleBatches(RandomSource source)
    {
        int[] sorted = [.. _examples];
        int[] batches = [.. Enumerable.Range(0, _examples.Length / batch)];
        source.Shuffle(batches.AsSpan());
        for (int i = 0; i < batches.Length; i++)
        {
            sorted.AsSpan(batches[i] * batch, batch).CopyTo(_examples.AsSpan(i * batch));
        }
    }
}
