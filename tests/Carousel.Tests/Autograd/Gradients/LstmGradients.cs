using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>The fused LSTM under all its switches, and its post-product alone.</summary>
internal sealed class LstmGradients : IGradientCases
{
    private const int Steps = 4, Batch = 3, Inputs = 5, Units = 3, Projected = 2;

    // The second sequence is empty, the third ends early.
    private static readonly int[] Lengths = [4, 0, 2];
    private readonly RandomSource _random = new(5);

    public IEnumerable<GradientCase> Cases()
    {
        foreach (Switches switches in from reverse in new[] { false, true }
                                      from lengths in new[] { false, true }
                                      from projection in new[] { false, true }
                                      from bias in new[] { false, true }
                                      from state in new[] { false, true }
                                      select new Switches(reverse, lengths, projection, bias, state))
        {
            yield return Case(switches);
        }

        yield return new(typeof(LstmGatesOperation), nameof(LstmGatesOperation.LstmGates), "", [X(Batch, 4 * Units), X(Batch, Units)],
            (tape, x) => tape.LstmGates(x[0], x[1]) is var (hidden, cell) ? [hidden, cell] : [], x => Gates(x[0], x[1]));
    }

    private GradientCase Case(Switches switches)
    {
        int outputs = switches.Projection ? Projected : Units;
        List<Array64> inputs = [X(Steps, Batch, Inputs), X(4 * Units, Inputs), X(4 * Units, outputs)];
        int? Place(bool isThere, params int[] shape)
        {
            if (isThere)
            {
                inputs.Add(X(shape));
            }

            return isThere ? inputs.Count - 1 : null;
        }

        int? inputBias = Place(switches.Bias, 4 * Units), hiddenBias = Place(switches.Bias, 4 * Units);
        int? projection = Place(switches.Projection, Projected, Units);
        int? hidden = Place(switches.State, Batch, outputs), cell = Place(switches.State, Batch, Units);
        int[]? lengths = switches.Lengths ? Lengths : null;
        return new(typeof(LstmSequence), nameof(LstmSequence.Lstm), switches.ToString(), [.. inputs],
            (tape, x) => tape.Lstm(x[0], new LstmWeights(x[1], x[2], At(x, inputBias), At(x, hiddenBias), At(x, projection)), At(x, hidden), At(x, cell), lengths, switches.Reverse)
                is var (output, last, lastCell) ? [output, last, lastCell] : [],
            x => Run(x[0], x[1], x[2], At(x, inputBias), At(x, hiddenBias), At(x, projection), At(x, hidden), At(x, cell), lengths, switches.Reverse));

        static T? At<T>(T[] x, int? place)
            where T : class => place is int k ? x[k] : null;
    }

    private static Array64[] Run(Array64 x, Array64 w, Array64 u, Array64? inputBias, Array64? hiddenBias, Array64? projection, Array64? h0, Array64? c0, int[]? lengths, bool reverse)
    {
        int outputs = u.Shape[1];
        Array64 output = new(Steps, Batch, outputs), last = new(Batch, outputs), lastCell = new(Batch, Units);
        for (int b = 0; b < Batch; b++)
        {
            double[] h = h0?.Row(b).ToArray() ?? new double[outputs], c = c0?.Row(b).ToArray() ?? new double[Units];
            int length = lengths?[b] ?? Steps;
            for (int count = 0; count < length; count++)
            {
                int t = reverse ? length - 1 - count : count;
                double[] z = new double[4 * Units], m = new double[Units];
                for (int j = 0; j < z.Length; j++)
                {
                    z[j] = TensorPrimitives.Dot<double>(w.Row(j), x.Row((t * Batch) + b)) + TensorPrimitives.Dot<double>(u.Row(j), h) + (inputBias?[j] ?? 0) + (hiddenBias?[j] ?? 0);
                }

                for (int k = 0; k < Units; k++)
                {
                    c[k] = (Sigmoid(z[Units + k]) * c[k]) + (Sigmoid(z[k]) * Math.Tanh(z[(2 * Units) + k]));
                    m[k] = Sigmoid(z[(3 * Units) + k]) * Math.Tanh(c[k]);
                }

                for (int p = 0; p < outputs; p++)
                {
                    h[p] = output[t, b, p] = projection is null ? m[p] : TensorPrimitives.Dot<double>(projection.Row(p), m);
                }
            }

            h.CopyTo(last.Row(b));
            c.CopyTo(lastCell.Row(b));
        }

        return [output, last, lastCell];
    }

    private static Array64[] Gates(Array64 z, Array64 previous)
    {
        Array64 hidden = new(Batch, Units), cell = new(Batch, Units);
        for (int b = 0; b < Batch; b++)
        {
            for (int k = 0; k < Units; k++)
            {
                cell[b, k] = (Sigmoid(z[b, Units + k]) * previous[b, k]) + (Sigmoid(z[b, k]) * Math.Tanh(z[b, (2 * Units) + k]));
                hidden[b, k] = Sigmoid(z[b, (3 * Units) + k]) * Math.Tanh(cell[b, k]);
            }
        }

        return [hidden, cell];
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private Array64 X(params int[] shape) => Array64.Uniform(_random, -1, 1, shape);

    private readonly record struct Switches(bool Reverse, bool Lengths, bool Projection, bool Bias, bool State)
    {
        public override string ToString() =>
            string.Join(", ", new[] { Reverse ? "reverse" : "forward", Lengths ? "lengths" : "", Projection ? "projection" : "", Bias ? "" : "no bias", State ? "initial state" : "" }.Where(word => word.Length > 0));
    }
}
