using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Data;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;

namespace Carousel.Tasks.Forecasting;

/// <summary>
/// Some windows of a series as the network takes them: shifted and scaled each by its own past, folded into patches, time first. Knows the way back.
/// </summary>
internal sealed class WindowBatch
{
    private readonly ForecasterConfig _config;
    private readonly Tensor? _scale;
    private readonly Tensor? _offset;

    /// <summary>Gathers windows.</summary>
    /// <param name="tape">Gives the memory.</param>
    /// <param name="config">Window, patch, normalisation.</param>
    /// <param name="count">B, number of windows.</param>
    /// <param name="past">The rows each window looks back on, after the scaler: [T, F] row-major, targets first.</param>
    public WindowBatch(Tape tape, ForecasterConfig config, int count, Func<int, ReadOnlySpan<float>> past)
    {
        _config = config;
        Inputs = tape.Empty(config.Steps, count, config.StepFeatures);
        bool isShifted = config.Normalisation != WindowNormalisation.None, isScaled = config.Normalisation == WindowNormalisation.Window;
        _offset = isShifted ? tape.Empty(count, config.HeadSize) : null;
        _scale = isScaled ? tape.Empty(count, config.HeadSize) : null;
        Fill(past);
    }

    /// <summary>[window / patch, B, patch · features]</summary>
    public Tensor Inputs { get; }

    /// <summary>Gathers as many other windows, in the same memory.</summary>
    /// <param name="past">The rows each window looks back on, after the scaler: [T, F] row-major, targets first.</param>
    public void Fill(Func<int, ReadOnlySpan<float>> past)
    {
        int count = Inputs.Shape[1], stepSize = _config.StepFeatures;
        Span<float> shift = stackalloc float[_config.Features], factor = stackalloc float[_config.Features];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> window = past(i);
            WindowNormaliser.Measure(_config.Normalisation, window, shift, factor);
            for (int step = 0; step < _config.Steps; step++)
            {
                WindowNormaliser.Apply(window.Slice(step * stepSize, stepSize), shift, factor, Inputs.Values.Slice(((step * count) + i) * stepSize, stepSize));
            }

            Repeat(_offset, i, shift);
            Repeat(_scale, i, factor);
        }
    }

    /// <summary>Brings the network's output back to the units of the scaled series.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="output">[B, horizon · targets · outputs per value]</param>
    public Tensor Restore(Tape tape, Tensor output)
    {
        Tensor scaled = _scale is null ? output : tape.Multiply(output, _scale);
        return _offset is null ? scaled : tape.Add(scaled, _offset);
    }

    /// <summary>What each window was to forecast, in the units of the scaled series.</summary>
    /// <param name="windows">The series.</param>
    /// <param name="chosen">Which windows.</param>
    /// <param name="truth">[B, horizon · targets], written.</param>
    public static void ReadTruth(Windows windows, ReadOnlySpan<int> chosen, Tensor truth)
    {
        int horizon = windows.Config.Horizon, targets = windows.Targets;
        Span<float> values = truth.Values;
        for (int i = 0; i < chosen.Length; i++)
        {
            int origin = windows.Origin(chosen[i]);
            for (int k = 0; k < horizon * targets; k++)
            {
                values[(i * horizon * targets) + k] = windows.Value(origin + (k / targets), k % targets);
            }
        }
    }

    private void Repeat(Tensor? tensor, int row, ReadOnlySpan<float> perFeature)
    {
        if (tensor is null)
        {
            return;
        }

        Span<float> values = tensor.Values.Slice(row * _config.HeadSize, _config.HeadSize);
        for (int k = 0; k < values.Length; k++)
        {
            values[k] = perFeature[k / _config.OutputsPerValue % _config.Targets.Count];
        }
    }
}
