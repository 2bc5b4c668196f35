using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>Functions of one number, reductions, soft-max, dropout with the mask that the tape's random numbers give.</summary>
internal sealed class ActivationGradients : IGradientCases
{
    private readonly RandomSource _random = new(2);

    public IEnumerable<GradientCase> Cases()
    {
        yield return Case(nameof(Activations.Sigmoid), -6, 6, (tape, x) => tape.Sigmoid(x), x => 1 / (1 + Math.Exp(-x)));
        yield return Case(nameof(Activations.Tanh), -4, 4, (tape, x) => tape.Tanh(x), Math.Tanh);
        yield return Case(nameof(Activations.Exp), -3, 2, (tape, x) => tape.Exp(x), Math.Exp);
        yield return Case(nameof(Activations.Log), 0.25, 4, (tape, x) => tape.Log(x), Math.Log);
        yield return Case(nameof(Activations.Relu), -2, 2, (tape, x) => tape.Relu(x), x => Math.Max(x, 0));
        yield return Case(nameof(Activations.Gelu), -4, 4, (tape, x) => tape.Gelu(x), x => x * 0.5 * ErrorFunction.Complement(-x / Math.Sqrt(2)));
        yield return Case(nameof(Activations.Softplus), -20, 20, (tape, x) => tape.Softplus(x), x => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x))));

        Array64 numbers = Array64.Uniform(_random, -2, 2, 3, 5, 7);
        yield return new(typeof(Reductions), nameof(Reductions.Sum), "", [numbers], (tape, x) => [tape.Sum(x[0])], x => [Array64.Scalar(x[0].Data.Sum())]);
        yield return new(typeof(Reductions), nameof(Reductions.Mean), "", [numbers], (tape, x) => [tape.Mean(x[0])], x => [Array64.Scalar(x[0].Data.Average())]);
        yield return new(typeof(SoftmaxOperation), nameof(SoftmaxOperation.Softmax), "", [numbers], (tape, x) => [tape.Softmax(x[0])], x => [Softmax(x[0])]);

        float[] mask = new Tape(new RandomSource(GradientCase.Seed), isTraining: true).DropoutMask(0.3f, 3, 5, 7).Values.ToArray();
        yield return new(typeof(DropoutOperation), nameof(DropoutOperation.Dropout), "", [numbers], (tape, x) => [tape.Dropout(x[0], 0.3f)], x => [x[0].Map((a, i) => a * mask[i])]);
        yield return new(typeof(DropoutOperation), nameof(DropoutOperation.Dropout), "rate 0", [numbers],
            (tape, x) => [tape.Scale(tape.Dropout(x[0], 0), 2)], x => [x[0].Map(a => 2 * a)]);

        static float[] Drawn(Func<Tape, Tensor, Tensor> drop, params int[] shape)
        {
            var ones = new Tensor(shape);
            ones.Values.Fill(1);
            return drop(new Tape(new RandomSource(GradientCase.Seed), isTraining: true), ones).Values.ToArray();
        }

        int[] ids = [2, 0, 1, 2, 3, 3, 0, 1, 2, 2, 0, 1, 3, 1, 0];
        float[] features = Drawn((tape, x) => tape.VariationalDropout(x, 0.3f), 3, 5, 7), words = Drawn((tape, x) => tape.EmbeddingDropout(x, ids, 4, 0.4f), 3, 5, 7);
        float[] weights = Drawn((tape, x) => tape.DropWeights(x, 0.5f), 3, 5, 7);
        yield return Drop(nameof(AwdDropouts.VariationalDropout), (tape, x) => tape.VariationalDropout(x, 0.3f), features);
        yield return Drop(nameof(AwdDropouts.EmbeddingDropout), (tape, x) => tape.EmbeddingDropout(x, ids, 4, 0.4f), words);
        yield return Drop(nameof(AwdDropouts.DropWeights), (tape, x) => tape.DropWeights(x, 0.5f), weights);

        GradientCase Drop(string method, Func<Tape, Tensor, Tensor> drop, float[] factors) =>
            new(typeof(AwdDropouts), method, "", [numbers], (tape, x) => [drop(tape, x[0])], x => [x[0].Map((a, i) => a * factors[i])]);
    }

    internal static Array64 Softmax(Array64 x)
    {
        Array64 y = x.Copy();
        for (int row = 0; row < y.Length / y.Shape[^1]; row++)
        {
            Span<double> values = y.Row(row);
            double max = TensorPrimitives.Max<double>(values), sum = 0;
            foreach (ref double value in values)
            {
                sum += value = Math.Exp(value - max);
            }

            foreach (ref double value in values)
            {
                value /= sum;
            }
        }

        return y;
    }

    private GradientCase Case(string method, double low, double high, Func<Tape, Tensor, Tensor> run, Func<double, double> reference) =>
        new(typeof(Activations), method, "", [Array64.Uniform(_random, low, high, 5, 13)], (tape, x) => [run(tape, x[0])], x => [x[0].Map(reference)]);
}
