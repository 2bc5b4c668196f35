using Carousel.Cli.Benchmarks;

namespace Carousel.Cli.Tests.Benchmarks;

public sealed class LatencyFiguresTests
{
    [Theory]
    [InlineData(1000, 0.5, 500)]
    [InlineData(1000, 0.99, 990)]
    [InlineData(1000, 0.999, 999)]
    [InlineData(10000, 0.999, 9990)]
    [InlineData(100, 0.999, 100)]
    [InlineData(5, 0.5, 3)]
    [InlineData(4, 0.5, 2)]
    [InlineData(1, 0.99, 1)]
    [InlineData(7, 0.0, 1)]
    [InlineData(7, 1.0, 7)]
    public void Percentile_of_1_to_n_is_the_nearest_rank(int count, double share, double expected)
    {
        double[] sorted = [.. Enumerable.Range(1, count).Select(static value => (double)value)];
        Assert.Equal(expected, LatencyFigures.Percentile(sorted, share));
    }

    [Fact]
    public void Percentile_of_nothing_is_refused() => Assert.Throws<ArgumentException>(static () => LatencyFigures.Percentile([], 0.5));

    [Fact]
    public void Of_samples_in_any_order_gives_their_figures()
    {
        double[] samples = [.. Enumerable.Range(1, 2000).Select(static value => (double)value)];
        new Random(1).Shuffle(samples);
        Assert.Equal(new LatencyFigures(1000.5, 1000, 1980, 1998, 2000), LatencyFigures.Of(samples));
    }

    [Fact]
    public void Histogram_counts_every_sample_once()
    {
        double[] samples = [.. Enumerable.Range(0, 1000).Select(static i => 10 + (i % 50)), 1e6, 2e6];
        Histogram histogram = Histogram.Of(samples, 60);
        Assert.Equal(10, histogram.Start);
        Assert.Equal(2, histogram.Beyond);
        Assert.Equal(1000, histogram.Counts.Sum());
    }

    [Fact]
    public void Histogram_of_equal_samples_has_one_bar()
    {
        Histogram histogram = Histogram.Of([3, 3, 3], 10);
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0, 0, 0], histogram.Counts);
        Assert.True(histogram.Width > 0);
    }
}
