using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;

namespace Carousel.Tests.Losses;

public sealed class ClassificationLossTests
{
    private readonly Tape _tape = new();

    [Fact]
    public void CrossEntropy_logits_of_any_size_stay_finite()
    {
        Tensor logits = Leaf([1e30f, 0, -1e30f, -3e38f, -3e38f, 0], 2, 3);
        Tensor loss = _tape.CrossEntropy(logits, [0, 2]);
        _tape.Backward(loss);
        Assert.Equal(0, loss.Values[0]);
        Assert.All(logits.Gradient.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void CrossEntropy_all_rows_ignored_is_zero_without_gradient()
    {
        Tensor logits = Leaf([1, 2, 3, 4], 2, 2);
        Tensor loss = _tape.CrossEntropy(logits, [-100, -100], ignoreIndex: -100);
        _tape.Backward(loss);
        Assert.Equal(0, loss.Values[0]);
        Assert.All(logits.Gradient.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void CrossEntropy_ignored_row_is_never_read()
    {
        Tensor logits = Leaf([float.NaN, float.NaN, 0, 0], 2, 2);
        Tensor loss = _tape.CrossEntropy(logits, [-1, 1], ignoreIndex: -1);
        _tape.Backward(loss);
        Assert.Equal(MathF.Log(2), loss.Values[0], 1e-6f);
        Assert.Equal([0, 0, 0.5f, -0.5f], logits.Gradient.ToArray());
    }

    [Fact]
    public void CrossEntropy_wrong_target_names_place_value_and_range()
    {
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => _tape.CrossEntropy(new Tensor(3, 4), [0, 4, 1], ignoreIndex: -1));
        Assert.Contains("target 1 is 4, expected 0 … 3 or -1 to ignore", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("3 rows, found 2 targets", Assert.Throws<ArgumentException>(() => _tape.CrossEntropy(new Tensor(3, 4), [0, 1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CrossEntropy_impossible_smoothing_or_weights_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _tape.CrossEntropy(new Tensor(1, 4), [0], labelSmoothing: 1.5f));
        Assert.Throws<ArgumentException>(() => _tape.CrossEntropy(new Tensor(1, 4), [0], classWeights: new Tensor(3)));
    }

    [Fact]
    public void Distillation_teacher_alike_leaves_the_true_answers_only()
    {
        Tensor student = Leaf([1, 2, 0, -1, 1, 0], 2, 3);
        float both = _tape.Distillation(student, student.Detach(), [0, 1], 0.25f, 2).Values[0];
        Assert.Equal(0.25f * _tape.CrossEntropy(student, [0, 1]).Values[0], both, 1e-6f);
    }

    [Fact]
    public void Ctc_one_frame_one_label_is_cross_entropy()
    {
        Tensor logits = Leaf([0.5f, -1, 2], 1, 1, 3);
        Assert.Equal(_tape.CrossEntropy(logits, [2]).Values[0], _tape.Ctc(logits, [[2]]).Values[0], 1e-6f);
    }

    [Fact]
    public void Ctc_too_few_frames_is_infinite_or_zero_on_request()
    {
        // Two equal labels need a blank between them: three frames.
        Tensor logits = Leaf(new float[12], 2, 2, 3);
        Tensor loss = _tape.Ctc(logits, [[1, 1], [1, 2]], reduction: Reduction.None);
        Assert.Equal(float.PositiveInfinity, loss.Values[0]);
        Assert.Equal(-MathF.Log(1f / 9), loss.Values[1], 1e-5f);

        Tensor spared = _tape.Ctc(logits, [[1, 1], [1, 2]], zeroInfinity: true, reduction: Reduction.Sum);
        _tape.Backward(spared);
        Assert.Equal(loss.Values[1], spared.Values[0]);
        Assert.All(new[] { 0, 1, 2, 6, 7, 8 }, at => Assert.Equal(0, logits.Gradient[at]));
        Assert.NotEqual(0, logits.Gradient[3]);
    }

    [Fact]
    public void Ctc_too_few_frames_without_request_has_no_gradient_to_speak_of()
    {
        Tensor logits = Leaf(new float[6], 2, 1, 3);
        _tape.Backward(_tape.Ctc(logits, [[1, 1]]));
        Assert.All(logits.Gradient.ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Ctc_no_frames_is_zero_for_no_labels_and_infinite_else()
    {
        Tensor loss = _tape.Ctc(new Tensor(3, 2, 4), [[], [1]], [0, 0], reduction: Reduction.None);
        Assert.Equal([0, float.PositiveInfinity], loss.Values.ToArray());
    }

    [Fact]
    public void Ctc_frames_beyond_the_length_are_never_read()
    {
        Tensor logits = Leaf([0, 0, 0, float.NaN, float.NaN, float.NaN], 2, 1, 3);
        Tensor loss = _tape.Ctc(logits, [[1]], [1]);
        _tape.Backward(loss);
        Assert.Equal(MathF.Log(3), loss.Values[0], 1e-6f);
        Assert.Equal([0, 0, 0], logits.Gradient[3..].ToArray());
    }

    [Fact]
    public void Ctc_thousand_frames_neither_underflow_nor_lose_the_gradient()
    {
        var random = new RandomSource(1);
        Tensor logits = Leaf([.. Enumerable.Range(0, 1000 * 5).Select(_ => 10 * random.NextNormal())], 1000, 1, 5);
        int[] labels = [.. Enumerable.Range(0, 300).Select(i => 1 + (i % 4))];
        Tensor loss = _tape.Ctc(logits, [labels], reduction: Reduction.Sum);
        _tape.Backward(loss);
        Assert.True(float.IsFinite(loss.Values[0]) && loss.Values[0] > 1000);

        // Shares and occupations both sum to 1 in every frame.
        for (int t = 0; t < 1000; t++)
        {
            Assert.Equal(0, logits.Gradient.Slice(t * 5, 5).ToArray().Sum(), 1e-5f);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-1)]
    public void Ctc_label_that_is_blank_or_no_class_is_refused(int label) =>
        Assert.Contains($"label {label}", Assert.Throws<ArgumentException>(() => _tape.Ctc(new Tensor(2, 1, 3), [[label]])).Message, StringComparison.Ordinal);

    [Fact]
    public void Ctc_wrong_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _tape.Ctc(new Tensor(2, 2, 3), [[1]]));
        Assert.Throws<ArgumentException>(() => _tape.Ctc(new Tensor(2, 1, 3), [[1]], [3]));
        Assert.Throws<ArgumentException>(() => _tape.Ctc(new Tensor(2, 1, 3), [[1]], blank: 3));
    }

    private static Tensor Leaf(float[] values, params int[] shape)
    {
        Tensor leaf = Tensor.From(values, shape);
        leaf.NeedsGradient = true;
        return leaf;
    }

    [Theory]
    [InlineData(2, 2, 1, "terms must be [T, 3]")]
    [InlineData(3, 2, 1, "add up to 3")]
    [InlineData(3, 3, 0, "divisors must be above 0, found 0")]
    public void ExpectedRisk_sizes_that_do_not_fit_are_refused(int rows, int grouped, float divisor, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => _tape.ExpectedRisk(new Tensor(4, rows), [0, 1, 0], [1, divisor, 1], [grouped])).Message, StringComparison.Ordinal);
}
