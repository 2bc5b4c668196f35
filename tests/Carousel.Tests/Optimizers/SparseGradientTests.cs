using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Optimizers;

namespace Carousel.Tests.Optimizers;

/// <summary>A table that is only looked up: clearing, clipping and stepping look at the rows that were used, and nobody can tell from the numbers.</summary>
public sealed class SparseGradientTests
{
    private const int Rows = 40, Width = 6;

    public static TheoryData<OptimizerConfig> Configs => [new SgdConfig { LearningRate = 0.5 }, new SgdConfig { LearningRate = 0.5, Momentum = 0.9 }, new SgdConfig { LearningRate = 0.5, WeightDecay = 0.1 }, new AdamWConfig(), new RmsPropConfig()];

    [Theory]
    [MemberData(nameof(Configs))]
    public void Steps_with_looked_up_rows_give_the_bits_of_a_full_gradient(OptimizerConfig config)
    {
        Parameter sparse = Table(), full = Table();
        Optimizer first = config.Create([("table", sparse)]), second = config.Create([("table", full)]);
        foreach (int[] ids in new int[][] { [3, 7, 3], [39, 0], [7, 8, 9, 7] })
        {
            first.ClearGradients();
            second.ClearGradients();
            Learn(sparse, ids);
            Learn(full, ids);

            // Whoever asks for the gradient may have written anywhere in it.
            Assert.False(full.Tensor.Gradient.IsEmpty);
            GradientClipping.ByNorm([sparse.Tensor], 1e6);
            first.Step();
            second.Step();
            Assert.True(sparse.Tensor.Values.SequenceEqual(full.Tensor.Values));
        }
    }

    [Fact]
    public void ByNorm_of_looked_up_rows_is_that_of_the_whole_and_clips_them()
    {
        Parameter table = Table();
        Learn(table, [1, 5, 5]);
        Parameter counted = Table();
        Learn(counted, [1, 5, 5]);
        double expected = Math.Sqrt(counted.Tensor.Gradient.ToArray().Sum(value => (double)value * value));

        Assert.Equal(expected, GradientClipping.ByNorm([table.Tensor], expected / 2), 1e-6);
        Assert.Equal(expected / 2, Math.Sqrt(table.Tensor.Gradient.ToArray().Sum(value => (double)value * value)), 1e-4);
    }

    [Fact]
    public void ClearGradient_after_a_write_elsewhere_clears_everything()
    {
        Parameter table = Table();
        Learn(table, [2]);
        table.Tensor.Gradient[(Rows * Width) - 1] = 5;

        table.Tensor.ClearGradient();
        Learn(table, [4]);
        table.Tensor.ClearGradient();

        Assert.All(table.Tensor.Gradient.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Tied_table_gets_the_gradients_of_both_users()
    {
        Parameter table = Table();
        var tape = new Tape();
        Tensor rows = tape.Embed([1, 2], table);
        tape.Backward(tape.Sum(tape.Linear(rows, table)));
        float[] first = table.Tensor.Gradient.ToArray();
        Assert.DoesNotContain(0, first[(3 * Width)..(4 * Width)]);

        table.Tensor.ClearGradient();
        Assert.All(table.Tensor.Gradient.ToArray(), value => Assert.Equal(0, value));
    }

    private static void Learn(Parameter table, int[] ids)
    {
        var tape = new Tape();
        Tensor rows = tape.Embed(ids, table);
        tape.Backward(tape.Sum(tape.Multiply(rows, rows)));
    }

    private static Parameter Table()
    {
        var table = new Parameter("table", Rows, Width);
        var random = new RandomSource(2);
        foreach (ref float value in table.Tensor.Values)
        {
            value = random.NextSingle() - 0.5f;
        }

        return table;
    }
}
