using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>
/// Law 2 where the reference cases do not reach: training-mode gradients of every stack, with initial state, over variable lengths, with drawn masks, against
/// finite differences of the loss L = Σ G · outputs.
/// </summary>
public sealed class GradientTests
{
    private const int Steps = 5, Batch = 3, Inputs = 3, Units = 4;
    private static readonly int[] Lengths = [5, 2, 4];

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Gradients_agree_with_finite_differences(string variant)
    {
        RecurrentConfig config = Smooth(RecurrentVariants.Config(variant, Inputs, Units));
        Layer layer = RecurrentVariants.Make(config);
        var random = new RandomSource(2);
        Tensor x = RecurrentVariants.Normal(random, Steps, Batch, Inputs);
        LayerState start = RecurrentVariants.State(config, Batch, random);
        (string Name, Tensor Tensor)[] leaves =
        [
            ("x", x),
            .. start.Tensors(),
            .. layer.Parameters().Select(entry => (entry.Name, entry.Parameter.Tensor)),
        ];
        foreach ((_, Tensor leaf) in leaves)
        {
            leaf.NeedsGradient = true;
        }

        Loss(layer, x, start, sendBack: true);
        foreach ((string name, Tensor leaf) in leaves)
        {
            float[] along = UnitVector(leaf.Length, random);
            double expected = Slope(leaf, along, () => Loss(layer, x, start, sendBack: false));
            double actual = along.Zip(leaf.Gradient.ToArray(), (step, slope) => (double)step * slope).Sum();
            Assert.True(Math.Abs(expected - actual) <= 1e-4 * Math.Max(1, Math.Abs(expected)), $"{name}: gradient {actual}, finite difference {expected}");
        }
    }

    // Where a function bends sharply the difference quotient means nothing: clamps that never act, and normalisation of nothing small. The reference cases have both.
    private static RecurrentConfig Smooth(RecurrentConfig config) => config switch
    {
        ClippedLstmConfig clipped => clipped with { GateClip = clipped.GateClip is null ? null : 50, CellClip = clipped.CellClip is null ? null : 50 },
        LayerNormLstmConfig layerNorm => layerNorm with { Epsilon = 0.5f },
        _ => config,
    };

    private static double Loss(Layer layer, Tensor x, LayerState start, bool sendBack)
    {
        // The same seed draws the same masks each time.
        var tape = new Tape(new RandomSource(3), isTraining: true);
        (Tensor output, LayerState? end) = layer.Forward(tape, x, start, Lengths);
        var random = new RandomSource(4);
        double loss = 0;
        foreach (Tensor result in (Tensor[])[output, .. end!.Tensors().Select(entry => entry.Tensor)])
        {
            Tensor weights = RecurrentVariants.Normal(random, result.Shape);
            for (int i = 0; i < result.Length; i++)
            {
                loss += (double)weights.Values[i] * result.Values[i];
            }

            if (sendBack)
            {
                weights.Values.CopyTo(tape.GradientOf(result));
            }
        }

        if (sendBack)
        {
            tape.Backward();
        }

        return loss;
    }

    // Five-point formula: the error falls with the fourth power of the step, so the step can stay far above float32 rounding.
    private static double Slope(Tensor leaf, float[] along, Func<double> loss)
    {
        const float Step = 0.03f;
        float[] values = leaf.Values.ToArray();
        double near = At(1) - At(-1), far = At(2) - At(-2);
        values.CopyTo(leaf.Values);
        return ((8 * near) - far) / (12 * Step);

        double At(int steps)
        {
            for (int i = 0; i < values.Length; i++)
            {
                leaf.Values[i] = values[i] + (steps * Step * along[i]);
            }

            return loss();
        }
    }

    private static float[] UnitVector(int length, RandomSource random)
    {
        float[] vector = [.. Enumerable.Range(0, length).Select(_ => random.NextNormal())];
        float norm = MathF.Sqrt(vector.Sum(value => value * value));
        return Array.ConvertAll(vector, value => value / norm);
    }
}
