using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Tests.Losses;

public sealed class LinearCrossEntropyTests
{
    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(31, 17, 1029)]
    [InlineData(33, 64, 257)]
    [InlineData(131, 5, 2051)]
    public void Fused_gives_the_value_of_linear_then_cross_entropy_and_its_gradients(int rows, int inputs, int classes)
    {
        var random = new RandomSource(9);
        int[] targets = [.. Enumerable.Range(0, rows).Select(i => i % 7 == 3 ? -1 : random.NextInt(classes))];
        Tensor[] whole = Leaves(rows, inputs, classes), fused = Leaves(rows, inputs, classes);
        var tape = new Tape();
        Tensor expected = tape.CrossEntropy(tape.Linear(whole[0], whole[1], whole[2]), targets, -1);
        tape.Backward(expected);
        float value = expected.Values[0];
        using var workers = new Workers(3);
        var other = new Tape(workers: workers);
        Tensor actual = other.LinearCrossEntropy(fused[0], fused[1], fused[2], targets, -1);
        other.Backward(actual);

        Assert.Equal(value, actual.Values[0]);
        foreach ((Tensor one, Tensor two) in whole.Zip(fused))
        {
            float largest = TensorPrimitives.MaxMagnitude(one.Gradient);
            for (int i = 0; i < one.Length; i++)
            {
                Assert.Equal(one.Gradient[i], two.Gradient[i], 1e-5f * Math.Abs(largest));
            }
        }
    }

    [Fact]
    public void Without_recording_gives_the_same_terms_slice_by_slice()
    {
        Tensor[] leaves = Leaves(200, 9, 50);
        int[] targets = [.. Enumerable.Range(0, 200).Select(i => i % 50)];
        using var workers = new Workers(2);

        Tensor recorded = new Tape().LinearCrossEntropy(leaves[0], leaves[1], leaves[2], targets, reduction: Reduction.None);
        Tensor measured = new Tape(workers: workers, isRecording: false).LinearCrossEntropy(leaves[0], leaves[1], leaves[2], targets, reduction: Reduction.None);

        Assert.True(recorded.Values.SequenceEqual(measured.Values));
    }

    [Theory]
    [InlineData(600, 1)]
    [InlineData(600, 3)]
    [InlineData(40, 2)]
    public void Recomputed_gives_the_bits_of_what_is_kept(int rows, int threads)
    {
        int[] targets = [.. Enumerable.Range(0, rows).Select(i => i % 9 == 4 ? -1 : i % 50)];
        Tensor[] kept = Leaves(rows, 9, 50), made = Leaves(rows, 9, 50);
        using var workers = new Workers(threads);
        Tape keeps = new(), recomputes = new(workers: workers, recomputes: true);
        Tensor expected = keeps.LinearCrossEntropy(kept[0], kept[1], kept[2], targets, -1), actual = recomputes.LinearCrossEntropy(made[0], made[1], made[2], targets, -1);
        keeps.Backward(expected);
        recomputes.Backward(actual);

        Assert.Equal(expected.Values[0], actual.Values[0]);
        Assert.All(kept.Zip(made), pair => Assert.Equal(pair.First.Gradient.ToArray(), pair.Second.Gradient.ToArray()));
    }

    [Fact]
    public void Wrong_sizes_and_targets_are_refused()
    {
        Tensor[] leaves = Leaves(2, 3, 4);
        var tape = new Tape();
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(() => tape.LinearCrossEntropy(leaves[0], leaves[0].Reshape(3, 2), null, [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("2 rows, found 1", Assert.Throws<ArgumentException>(() => tape.LinearCrossEntropy(leaves[0], leaves[1], null, [0])).Message, StringComparison.Ordinal);
        Assert.Contains("target 1 is 4", Assert.Throws<ArgumentException>(() => tape.LinearCrossEntropy(leaves[0], leaves[1], leaves[2], [0, 4])).Message, StringComparison.Ordinal);
    }

    private static Tensor[] Leaves(int rows, int inputs, int classes)
    {
        var random = new RandomSource(4);
        Tensor[] leaves = [new(rows, inputs), new(classes, inputs), new(classes)];
        foreach (Tensor leaf in leaves)
        {
            leaf.NeedsGradient = true;
            foreach (ref float value in leaf.Values)
            {
                value = (2 * random.NextSingle()) - 1;
            }
        }

        return leaves;
    }
}
