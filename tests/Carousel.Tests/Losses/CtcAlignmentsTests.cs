using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;

namespace Carousel.Tests.Losses;

public sealed class CtcAlignmentsTests
{
    [Theory]
    [InlineData(1, 0, 3, 1)]
    [InlineData(1, 1, 2, 1)]
    [InlineData(7, 3, 4, 1)]
    [InlineData(40, 11, 5, 8)]
    [InlineData(40, 0, 5, 8)]
    [InlineData(150, 40, 28, 0.1f)]
    [InlineData(150, 40, 28, 3)]
    [InlineData(300, 100, 28, 12)]
    [InlineData(700, 200, 28, 1)]
    public void Scaled_probabilities_give_what_logarithms_give(int frames, int labels, int classes, float sharpness)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            CtcSequence sequence = Sequence(frames, labels, classes, sharpness, (ulong)seed);
            Tensor expected = new(frames, 2, classes), found = new(frames, 2, classes);
            float loss = new CtcLogAlignments(sequence).Run(expected, zeroInfinity: false);
            Assert.True(float.IsFinite(loss));
            Assert.True(new CtcScaledAlignments(sequence).TryRun(found, out float scaled));
            Assert.Equal(loss, scaled, 1e-6f * Math.Max(1, loss));
            AssertClose(expected, found);
        }
    }

    [Theory]
    [InlineData(60, 120)]
    [InlineData(90, 300)]
    public void Labels_that_are_improbable_beyond_measure_are_left_to_logarithms(int labels, int frames)
    {
        // All but certain of blanks: each label costs a factor of e^−40, and all of them are needed.
        CtcSequence sequence = Sequence(frames, labels, 12, 1, 3);
        for (int t = 0; t < frames; t++)
        {
            sequence.Logits.Values[((t * 2) + 1) * 12] = 40;
        }

        Tensor expected = new(frames, 2, 12);
        Assert.False(new CtcScaledAlignments(sequence).TryRun(new Tensor(frames, 2, 12), out _));
        float loss = new CtcLogAlignments(sequence).Run(expected, zeroInfinity: false);
        Assert.InRange(loss, 30 * labels, 45 * labels);

        // The operation does so by itself.
        var tape = new Tape();
        Tensor logits = sequence.Logits;
        logits.NeedsGradient = true;
        Tensor sum = tape.Ctc(logits, [[1], sequence.Labels], reduction: Reduction.Sum);
        Assert.InRange(sum.Values[0], loss, 2 * loss);
        tape.Backward(sum);
        for (int t = 0; t < frames; t++)
        {
            Assert.Equal(expected.Values.Slice(((t * 2) + 1) * 12, 12).ToArray(), logits.Gradient.Slice(((t * 2) + 1) * 12, 12).ToArray());
        }
    }

    [Fact]
    public void No_alignment_and_no_number_are_left_to_logarithms()
    {
        CtcSequence tight = Sequence(4, 3, 5, 1, 1) with { Labels = [1, 1, 2] }, tooShort = tight with { Frames = 3 }, none = tight with { Frames = 0 };
        Assert.True(new CtcScaledAlignments(tight).TryRun(new Tensor(4, 2, 5), out _));
        Assert.False(new CtcScaledAlignments(tooShort).TryRun(new Tensor(4, 2, 5), out _));
        Assert.False(new CtcScaledAlignments(none).TryRun(new Tensor(4, 2, 5), out _));
        tight.Logits.Values[5] = float.NaN;
        Assert.False(new CtcScaledAlignments(tight).TryRun(new Tensor(4, 2, 5), out _));
    }

    private static void AssertClose(Tensor expected, Tensor found)
    {
        for (int at = 0; at < expected.Length; at++)
        {
            Assert.True(Math.Abs(expected.Values[at] - found.Values[at]) <= 2e-6f, $"slope {at} is {found.Values[at]}, expected {expected.Values[at]}");
        }
    }

    // The second of two sequences, labels with repeats among them.
    private static CtcSequence Sequence(int frames, int labels, int classes, float sharpness, ulong seed)
    {
        var random = new RandomSource(seed);
        var logits = new Tensor(frames, 2, classes);
        foreach (ref float value in logits.Values)
        {
            value = sharpness * random.NextNormal();
        }

        return new CtcSequence(logits, 1, frames, [.. Enumerable.Range(0, labels).Select(_ => 1 + random.NextInt(classes - 1))], 0);
    }
}
