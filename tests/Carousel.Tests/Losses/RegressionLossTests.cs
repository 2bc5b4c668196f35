using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;

namespace Carousel.Tests.Losses;

public sealed class RegressionLossTests
{
    private readonly Tape _tape = new();

    /// <summary>Each loss of a prediction [3, 2] whose second step is padding that holds no numbers.</summary>
    public static TheoryData<string> Losses() => ["squared", "absolute", "huber", "binary", "quantile", "gaussian"];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_padded_step_is_never_read_and_does_not_count(string loss)
    {
        Tensor padded = Leaf([0.5f, 0.25f, float.NaN, float.NaN, -1, 2], 3, 2), weights = Tensor.From([1, 0, 1], 3);
        Tensor alone = Leaf([0.5f, 0.25f, -1, 2], 2, 2);
        Tensor withPadding = Loss(loss, padded, [1, 0, float.NaN, float.NaN, 0, 1], weights);
        float value = withPadding.Values[0];
        _tape.Backward(withPadding);
        _tape.Reset();
        Tensor without = Loss(loss, alone, [1, 0, 0, 1], null);
        _tape.Backward(without);
        Assert.Equal(without.Values[0], value);
        Assert.Equal([.. alone.Gradient[..2], 0, 0, .. alone.Gradient[2..]], padded.Gradient.ToArray());
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_all_weights_zero_is_zero(string loss) =>
        Assert.Equal(0, Loss(loss, Leaf([1, 2], 1, 2), [0, 1], Tensor.From([0], 1)).Values[0]);

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_weights_of_another_shape_are_refused(string loss) =>
        Assert.Contains("must begin that of the prediction [1, 2]", Assert.Throws<ArgumentException>(() => Loss(loss, Leaf([1, 2], 1, 2), [0, 1], new Tensor(2))).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_prediction_that_is_no_number_stays_visible(string loss)
    {
        Tensor prediction = Leaf([float.NaN, 1], 1, 2), result = Loss(loss, prediction, [0, 1], null);
        _tape.Backward(result);
        Assert.True(float.IsNaN(result.Values[0]));
        Assert.True(float.IsNaN(prediction.Gradient[0]));
    }

    [Fact]
    public void Loss_shapes_that_differ_are_named() =>
        Assert.Contains("[2] and target [3]", Assert.Throws<ArgumentException>(() => _tape.SquaredError(new Tensor(2), new Tensor(3))).Message, StringComparison.Ordinal);

    [Fact]
    public void BinaryCrossEntropy_logits_of_any_size_are_exact()
    {
        Tensor terms = _tape.BinaryCrossEntropy(Leaf([1000, -1000, 1000, -1000], 4), Tensor.From([1, 0, 0, 1], 4), reduction: Reduction.None);
        Assert.Equal([0, 0, 1000, 1000], terms.Values.ToArray());
    }

    [Fact]
    public void Gaussian_variance_below_epsilon_can_rise_again()
    {
        Tensor variance = Leaf([0], 1);
        Tensor loss = _tape.Gaussian(Leaf([1], 1), variance, Tensor.From([0], 1), epsilon: 0.01f);
        _tape.Backward(loss);
        Assert.Equal(0.5f * (MathF.Log(0.01f) + 100), loss.Values[0], 1e-4f);
        Assert.Equal(0.5f * (100 - 10000), variance.Gradient[0], 0.5f);
    }

    [Fact]
    public void Loss_impossible_settings_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _tape.Huber(new Tensor(1), new Tensor(1), delta: 0));
        Assert.Throws<ArgumentException>(() => _tape.Gaussian(new Tensor(1), new Tensor(1), new Tensor(1), epsilon: 0));
        Assert.Contains("1.5 is no quantile", Assert.Throws<ArgumentException>(() => _tape.Quantile(new Tensor(1, 2), new Tensor(1), [0.5f, 1.5f])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _tape.Quantile(new Tensor(1, 2), new Tensor(1), [0.5f]));
        Assert.Throws<ArgumentException>(() => _tape.Divergence(new Tensor(1, 2), new Tensor(1, 2), temperature: 0));
        Assert.Throws<ArgumentException>(() => _tape.Distillation(new Tensor(1, 2), new Tensor(1, 2), [0], alpha: 2, temperature: 1));
    }

    private Tensor Loss(string loss, Tensor x, float[] target, Tensor? weights)
    {
        Tensor y = Tensor.From(target, x.Shape);
        switch (loss)
        {
            case "squared": return _tape.SquaredError(x, y, weights);
            case "absolute": return _tape.AbsoluteError(x, y, weights);
            case "huber": return _tape.Huber(x, y, weights: weights);
            case "binary": return _tape.BinaryCrossEntropy(x, y, weights: weights);
            case "quantile": return _tape.Quantile(x, Tensor.From([.. target.Where((_, i) => i % 2 == 0)], x.Shape[0]), [0.25f, 0.75f], weights);
            default:
                Tensor variance = Tensor.From([.. Enumerable.Repeat(1.5f, x.Length)], x.Shape);
                return _tape.Gaussian(x, variance, y, weights: weights);
        }
    }

    private static Tensor Leaf(float[] values, params int[] shape)
    {
        Tensor leaf = Tensor.From(values, shape);
        leaf.NeedsGradient = true;
        return leaf;
    }
}
