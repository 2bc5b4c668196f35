using Carousel.Metrics;

namespace Carousel.Tests.Metrics;

public sealed class ClassificationReportTests
{
    // truth 0 0 0 1 1, predicted 0 0 1 1 2: class 0 has tp 2, fp 0, fn 1; class 1 has tp 1, fp 1, fn 1; class 2 only a false positive.
    private static readonly ClassificationReport Report = ClassificationReport.Of([0, 0, 0, 1, 1], [0, 0, 1, 1, 2], 3);

    [Fact]
    public void Of_small_example_gives_hand_counted_scores()
    {
        Assert.Equal(0.6, Report.Accuracy, 12);
        Assert.Equal(new ClassScores(1, 2 / 3.0, 0.8), Report.PerClass[0]);
        Assert.Equal(new ClassScores(0.5, 0.5, 0.5), Report.PerClass[1]);
        Assert.Equal(1.3 / 3, Report.Macro.F1, 12);
        Assert.Equal((3 * 0.8 + 2 * 0.5) / 5, Report.Weighted.F1, 12);
        Assert.Equal(new ClassScores(0.6, 0.6, 0.6), Report.Micro);
    }

    [Fact]
    public void Of_class_without_examples_scores_zero_instead_of_dividing_by_zero() =>
        Assert.Equal(default, Report.PerClass[2]);

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void Of_label_out_of_range_is_refused(int label) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassificationReport.Of([0, 1], [0, label], 3));

    [Fact]
    public void Of_unequal_lengths_names_both() =>
        Assert.Contains("1 predictions for 2 true values", Assert.Throws<ArgumentException>(() => ClassificationReport.Of([0, 1], [0], 3)).Message, StringComparison.Ordinal);
}
