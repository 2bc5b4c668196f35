using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Convolution along time. One that is causal and takes every step remembers the inputs it still needs and streams; any other one runs whole sequences.</summary>
internal sealed class Conv1dStep : PlanStep
{
    private readonly Conv1dConfig _config;
    private readonly ProductStep[] _groups;
    private readonly int _inputs, _outputs, _seen, _output;

    // The inputs before this step, oldest first: [dilation · (K − 1), C]; null when there are none to remember.
    private readonly StateSlot? _history;

    /// <summary>Packs the weights.</summary>
    /// <exception cref="NotSupportedException">What a stream would have to remember does not fit its memory.</exception>
    public Conv1dStep(Conv1dConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        const long mostMemory = 1 << 28;
        _config = config;
        (_inputs, _outputs) = (config.InputChannels / config.Groups, config.OutputChannels / config.Groups);
        _seen = config.KernelSize * _inputs;
        ReadOnlySpan<float> kernel = weights.Matrix("weight");
        float[]? bias = config.Bias ? weights["bias"] : null;
        _groups = new ProductStep[config.Groups];
        for (int group = 0; group < _groups.Length; group++)
        {
            float[] rows = TimeFirst(kernel.Slice(group * _outputs * _seen, _outputs * _seen));
            _groups[group] = new ProductStep(kernels, weights.Format, _outputs, rows, bias?[(group * _outputs)..((group + 1) * _outputs)]);
        }

        _output = layout.Activation(config.OutputChannels);
        layout.Scratch(_seen, _outputs, _groups[0].TileLength);
        if (config.IsStreaming && config.Reach > 0)
        {
            long memory = (long)config.Reach * config.InputChannels;
            _history = memory <= mostMemory
                ? layout.State($"{weights.Name}.history", (int)memory)
                : throw new NotSupportedException($"layer '{weights.Name}' would have to remember {memory} inputs, expected at most {mostMemory}");
        }
    }

    public override long WeightBytes => _groups.Sum(group => group.WeightBytes);

    public override int OutputWidth => _config.OutputChannels;

    public override bool HasState => _history is not null;

    public override bool IsStreaming => _config.IsStreaming;

    public override int OutputSteps(int steps) => _config.OutputLength(steps);

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth), history = _history is null ? default : frame.Of(_history);
        Rows window = frame.Take(_seen), part = frame.Take(_outputs);
        window.Clear(frame.Count);
        int channels = _config.InputChannels, remembered = _history?.Width ?? 0;
        for (int group = 0; group < _groups.Length; group++)
        {
            for (int row = 0; row < frame.Count; row++)
            {
                for (int k = 0; k < _config.KernelSize; k++)
                {
                    int at = k * _config.Dilation * channels;
                    Span<float> step = at < remembered ? history.Row(row, remembered).Slice(at, channels) : input.Row(row, channels);
                    step.Slice(group * _inputs, _inputs).CopyTo(window.Row(row, _seen)[(k * _inputs)..]);
                }
            }

            _groups[group].Run(frame, window, part);
            for (int row = 0; row < frame.Count; row++)
            {
                part.Row(row, _outputs).CopyTo(output.Row(row, OutputWidth)[(group * _outputs)..]);
            }
        }

        for (int row = 0; row < frame.Count && remembered > 0; row++)
        {
            Span<float> steps = history.Row(row, remembered);
            steps[channels..].CopyTo(steps);
            input.Row(row, channels).CopyTo(steps[^channels..]);
        }

        output.Flush(Kernels.Steps, frame.Count);
        return output;
    }

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        if (IsStreaming)
        {
            base.RunSequence(frame, input, output, steps);
            return;
        }

        Rows window = frame.Take(_seen), part = frame.Take(_outputs);
        window.Clear(1);
        int last = OutputSteps(steps);
        for (int at = 0; at < last; at++)
        {
            for (int group = 0; group < _groups.Length; group++)
            {
                for (int k = 0; k < _config.KernelSize; k++)
                {
                    long step = ((long)at * _config.Stride) - _config.LeadingZeros + ((long)k * _config.Dilation);
                    Span<float> to = window.Row(0, _seen).Slice(k * _inputs, _inputs);
                    if (step >= 0 && step < steps)
                    {
                        input.Row((int)step, _config.InputChannels).Slice(group * _inputs, _inputs).CopyTo(to);
                    }
                    else
                    {
                        to.Clear();
                    }
                }

                _groups[group].Run(frame, window, part);
                part.Row(0, _outputs).CopyTo(output.Row(at, OutputWidth)[(group * _outputs)..]);
            }
        }

        output.Flush(Kernels.Steps, last);
    }

    // [outputs, inputs, K] → [outputs, K, inputs]: a window is gathered in runs of whole time steps.
    private float[] TimeFirst(ReadOnlySpan<float> kernel)
    {
        float[] rows = new float[kernel.Length];
        for (int at = 0; at < kernel.Length; at++)
        {
            int output = at / _seen, input = at / _config.KernelSize % _inputs, k = at % _config.KernelSize;
            rows[(output * _seen) + (k * _inputs) + input] = kernel[at];
        }

        return rows;
    }
}
