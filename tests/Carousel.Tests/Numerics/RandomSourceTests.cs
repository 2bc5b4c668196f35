using Carousel.Numerics;

namespace Carousel.Tests.Numerics;

public sealed class RandomSourceTests
{
    // From the authors' C program (prng.di.unimi.it, xoshiro256starstar.c) with state 1, 2, 3, 4.
    private static readonly ulong[] Known =
    [
        11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
    ];

    [Fact]
    public void NextBits_of_known_state_gives_the_published_numbers()
    {
        RandomSource random = RandomSource.Restore([1, 2, 3, 4]);
        Assert.Equal(Known, Known.Select(_ => random.NextBits()));
    }

    [Fact]
    public void RandomSource_seed_zero_starts_from_the_published_SplitMix64_numbers() =>
        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC], new RandomSource(0).State);

    [Fact]
    public void Restore_continues_bit_for_bit()
    {
        var random = new RandomSource(5);
        for (int i = 0; i < 100; i++)
        {
            random.NextNormal();
        }

        RandomSource resumed = RandomSource.Restore(random.State);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(random.NextNormal(), resumed.NextNormal());
            Assert.Equal(random.NextInt(1000), resumed.NextInt(1000));
        }
    }

    [Fact]
    public void Restore_impossible_state_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RandomSource.Restore([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => RandomSource.Restore([0, 0, 0, 0]));
    }

    [Fact]
    public void NextSingle_and_NextDouble_fill_the_unit_interval_evenly()
    {
        var random = new RandomSource(6);
        int[] singles = new int[20], doubles = new int[20];
        for (int i = 0; i < 100_000; i++)
        {
            singles[(int)(random.NextSingle() * 20)]++;
            doubles[(int)(random.NextDouble() * 20)]++;
        }

        // χ² with 19 degrees of freedom exceeds 43.8 once in a thousand.
        Assert.InRange(ChiSquare(singles, 5000), 0, 43.8);
        Assert.InRange(ChiSquare(doubles, 5000), 0, 43.8);
    }

    [Fact]
    public void NextInt_is_uniform_for_a_bound_that_divides_no_power_of_two()
    {
        var random = new RandomSource(7);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[random.NextInt(7)]++;
        }

        Assert.InRange(ChiSquare(counts, 10_000), 0, 22.5);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0));
    }

    [Fact]
    public void NextNormal_has_the_moments_of_the_normal_distribution()
    {
        var random = new RandomSource(8);
        double[] values = [.. Enumerable.Range(0, 100_000).Select(_ => (double)random.NextNormal())];
        Assert.Equal(0, values.Average(), 0.02);
        Assert.Equal(1, values.Average(value => value * value), 0.03);
        Assert.Equal(0, values.Average(value => value * value * value), 0.06);
        Assert.Equal(3, values.Average(value => value * value * value * value), 0.15);
    }

    [Fact]
    public void Shuffle_gives_every_order_equally_often()
    {
        var random = new RandomSource(9);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 24_000; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            random.Shuffle(items.AsSpan());
            string order = new(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.InRange(ChiSquare([.. counts.Values], 1000), 0, 49.7);
    }

    [Fact]
    public void Fork_gives_a_stream_of_its_own()
    {
        var random = new RandomSource(10);
        RandomSource first = random.Fork(), second = random.Fork();
        ulong[] drawn = [first.NextBits(), second.NextBits(), random.NextBits()];
        Assert.Equal(3, drawn.Distinct().Count());
        Assert.Equal(drawn[0], new RandomSource(10).Fork().NextBits());
    }

    private static double ChiSquare(int[] counts, double expected) => counts.Sum(count => (count - expected) * (count - expected) / expected);
}
