using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Benchmarks;

/// <summary>The LSTM layers of one training job, each with its own input; all gradients are computed, those of the inputs too.</summary>
internal sealed class LstmJob
{
    private readonly Tape _tape;
    private readonly (Lstm Layer, Tensor Input, float[] OutputGradient)[] _parts;
    private Tensor[] _outputs = [];

    public LstmJob(IEnumerable<LstmShape> shapes, Workers workers, KernelSet kernels)
    {
        _tape = new Tape(workers: workers, kernels: kernels, isTraining: true);
        _parts = [.. shapes.Select(shape =>
        {
            // Fresh weights are replaced at once by those the other engine has too.
            var layer = new Lstm(new LstmConfig(shape.Input, shape.Hidden) { Layers = shape.Layers }, new RandomSource(0));
            foreach ((int index, (_, Parameter parameter)) in layer.Parameters().Index())
            {
                Wave(parameter.Tensor.Values, index, 0.1);
            }

            var input = new Tensor(shape.Steps, shape.Batch, shape.Input) { NeedsGradient = true };
            Wave(input.Values, 0.5, 1);
            var outputGradient = new float[shape.Steps * shape.Batch * shape.Hidden];
            Wave(outputGradient, 0.25, 0.01);
            return (layer, input, outputGradient);
        })];
    }

    private IEnumerable<Tensor> Leaves => _parts.SelectMany(part => part.Layer.Parameters().Select(entry => entry.Parameter.Tensor).Append(part.Input));

    /// <summary>One forward and backward pass.</summary>
    public void Run()
    {
        foreach (Tensor leaf in Leaves)
        {
            leaf.ClearGradient();
        }

        // As in training: what the first pass recorded is run again.
        if (!_tape.Replay())
        {
            _tape.Reset();
            _outputs = [.. _parts.Select(part => part.Layer.Forward(_tape, part.Input).Output)];
        }

        foreach ((Tensor output, (_, _, float[] outputGradient)) in _outputs.Zip(_parts))
        {
            outputGradient.CopyTo(_tape.GradientOf(output));
        }

        _tape.Backward();
    }

    /// <summary>Sum of the sizes of all gradients, to show that both engines did the same work.</summary>
    public double Checksum()
    {
        double sum = 0;
        foreach (Tensor leaf in Leaves)
        {
            foreach (float gradient in leaf.Gradient)
            {
                sum += Math.Abs((double)gradient);
            }
        }

        return sum;
    }

    // The numbers both engines start from: scale · sin(i + phase) in float64, rounded once.
    private static void Wave(Span<float> values, double phase, double scale)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(scale * Math.Sin(i + phase));
        }
    }
}
