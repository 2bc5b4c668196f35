using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Autograd.Operations;

/// <summary>Convolution along time.</summary>
public static class Convolution
{
    /// <summary>
    /// y[t, o] = b[o] + Σ_c Σ_k W[o, c, k] · x[t·stride + k·dilation − padding, c], zeros outside the sequence (PyTorch's nn.Conv1d, which is a cross-correlation).
    /// </summary>
    /// <remarks>What each output sees is gathered into one row, so that all time steps of the whole batch are one matrix product per group.</remarks>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, C], time first.</param>
    /// <param name="weight">W [O, C/groups, K]</param>
    /// <param name="bias">b [O], or null.</param>
    /// <param name="config">Kernel size, stride, padding, dilation, groups; it has been validated.</param>
    /// <param name="lengths">Valid steps of each sequence; what lies beyond counts as 0. Null when all have T.</param>
    /// <returns>[T′, B, O], T′ as <see cref="Conv1dConfig.OutputLength"/> says.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or the sequence is too short for one output.</exception>
    public static Tensor Conv1d(this Tape tape, Tensor x, Tensor weight, Tensor? bias, Conv1dConfig config, IReadOnlyList<int>? lengths = null)
    {
        ThrowIfMisfit(x, weight, bias, config, lengths);
        int steps = config.OutputLength(x.Shape[0]), batch = x.Shape[1];
        if (steps < 1)
        {
            throw new ArgumentException($"conv1d: {x.Shape[0]} time steps with padding {config.Padding} are too few for kernel {config.KernelSize} with dilation {config.Dilation}", nameof(x));
        }

        var pass = new Pass(tape, x, weight, bias, config, lengths, tape.Empty(steps, batch, config.OutputChannels));
        pass.Forward();
        tape.Record("conv1d", [pass.Output], [x, weight, bias], pass.Backward);
        return pass.Output;
    }

    private static void ThrowIfMisfit(Tensor x, Tensor weight, Tensor? bias, Conv1dConfig config, IReadOnlyList<int>? lengths)
    {
        int[] expected = [config.OutputChannels, config.InputChannels / config.Groups, config.KernelSize];
        if (x.Rank != 3 || x.Shape[2] != config.InputChannels)
        {
            throw new ArgumentException($"conv1d takes [T, B, {config.InputChannels}], found {x}", nameof(x));
        }

        if (!weight.Shape.SequenceEqual(expected) || (bias is not null && bias.Length != config.OutputChannels))
        {
            throw new ArgumentException($"conv1d: weight must be {Tensor.Describe(expected)} and bias [{config.OutputChannels}], found {weight} and {bias?.ToString() ?? "none"}", nameof(weight));
        }

        if (lengths is not null && (lengths.Count != x.Shape[1] || lengths.Any(length => length < 0 || length > x.Shape[0])))
        {
            throw new ArgumentException($"lengths must be {x.Shape[1]} numbers from 0 to {x.Shape[0]}, found [{string.Join(", ", lengths)}]", nameof(lengths));
        }
    }

    /// <summary>The buffers of one call.</summary>
    private sealed class Pass
    {
        private readonly Tape _tape;
        private readonly Tensor _x, _weight, _kernels, _windows;
        private readonly Tensor? _bias;
        private readonly Conv1dConfig _config;
        private readonly IReadOnlyList<int>? _lengths;
        private readonly int _batch, _rows, _inputs, _outputs, _seen;

        public Pass(Tape tape, Tensor x, Tensor weight, Tensor? bias, Conv1dConfig config, IReadOnlyList<int>? lengths, Tensor output)
        {
            (_tape, _x, _weight, _bias, _config, _lengths, Output) = (tape, x, weight, bias, config, lengths, output);
            (_batch, _rows) = (x.Shape[1], output.Shape[0] * x.Shape[1]);
            (_inputs, _outputs) = (config.InputChannels / config.Groups, config.OutputChannels / config.Groups);
            _seen = config.KernelSize * _inputs;
            _kernels = tape.Empty(config.OutputChannels, config.KernelSize, _inputs);
            _windows = tape.Empty(config.Groups, _rows, _seen);
        }

        public Tensor Output { get; }

        public void Forward()
        {
            // Channels fastest, as in x: a window is then gathered in runs of whole time steps.
            SwapLastAxes(_weight.Values, _kernels.Values, _inputs, _config.KernelSize);
            ForEachRun((window, input) =>
            {
                Span<float> target = _windows.Values.Slice(window, _inputs);
                if (input < 0)
                {
                    target.Clear();
                }
                else
                {
                    _x.Values.Slice(input, _inputs).CopyTo(target);
                }
            });

            Products.FillRows(Output.Values, _bias is null ? [] : _bias.Values);
            for (int group = 0; group < _config.Groups; group++)
            {
                _tape.Kernels.Multiply(Windows(group), Kernels(group).Transposed, Output.Values[(group * _outputs)..], _config.OutputChannels, accumulate: _bias is not null, _tape.Workers);
            }
        }

        public void Backward()
        {
            if (_bias is not null)
            {
                Arithmetic.AccumulateRows(_tape, _bias, Output.Gradient);
            }

            if (_weight.NeedsGradient)
            {
                Tensor gradient = _tape.Empty(_kernels.Shape), swapped = _tape.Empty(_weight.Shape);
                for (int group = 0; group < _config.Groups; group++)
                {
                    _tape.Kernels.Multiply(Gradient(group).Transposed, Windows(group), gradient.Range(group * _outputs, _outputs).Values, _seen, accumulate: false, _tape.Workers);
                }

                SwapLastAxes(gradient.Values, swapped.Values, _config.KernelSize, _inputs);
                Arithmetic.Accumulate(_tape, _weight, swapped.Values);
            }

            if (_x.NeedsGradient)
            {
                // The windows are no longer needed: their memory takes their gradient.
                for (int group = 0; group < _config.Groups; group++)
                {
                    _tape.Kernels.Multiply(Gradient(group), Kernels(group), _windows.At(group).Values, _seen, accumulate: false, _tape.Workers);
                }

                _tape.GradientOf(_x);
                ForEachRun((window, input) =>
                {
                    if (input >= 0)
                    {
                        Span<float> target = _x.Gradient.Slice(input, _inputs);
                        TensorPrimitives.Add(target, _windows.Values.Slice(window, _inputs), target);
                    }
                });
            }
        }

        /// <summary>Visits every run of channels that one output sees at one time step: where it is in the windows, and where in x (−1 outside the sequence).</summary>
        /// <remarks>Sequences are spread over the threads; each is visited in one order, so overlapping windows always add up alike.</remarks>
        private void ForEachRun(Action<int, int> visit) => _tape.Workers.Run(_batch, sequence =>
        {
            int length = _lengths?[sequence] ?? _x.Shape[0];
            for (int group = 0; group < _config.Groups; group++)
            {
                for (int row = sequence; row < _rows; row += _batch)
                {
                    int first = (row / _batch * _config.Stride) - _config.LeadingZeros;
                    for (int k = 0; k < _config.KernelSize; k++)
                    {
                        int step = first + (k * _config.Dilation);
                        bool isInside = step >= 0 && step < length;
                        visit((((group * _rows) + row) * _seen) + (k * _inputs), isInside ? (((step * _batch) + sequence) * _config.InputChannels) + (group * _inputs) : -1);
                    }
                }
            }
        });

        private Matrix Windows(int group) => new(_windows.At(group).Values, _rows, _seen);

        private Matrix Kernels(int group) => new(_kernels.Range(group * _outputs, _outputs).Values, _outputs, _seen);

        private Matrix Gradient(int group) => new(Output.Gradient[(group * _outputs)..], _rows, _outputs, _config.OutputChannels);

        // from […, a, b] to […, b, a]
        private static void SwapLastAxes(ReadOnlySpan<float> from, Span<float> to, int a, int b)
        {
            for (int at = 0; at < from.Length; at++)
            {
                int block = at / (a * b), i = at / b % a, j = at % b;
                to[(((block * b) + j) * a) + i] = from[at];
            }
        }
    }
}
