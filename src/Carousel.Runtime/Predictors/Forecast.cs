using Carousel.Runtime.Models;

namespace Carousel.Runtime.Predictors;

/// <summary>What a <see cref="Forecaster"/> expects of the rows to come, in the units of its columns.</summary>
public sealed class Forecast
{
    private readonly double[] _values;
    private readonly int _outputs;

    internal Forecast(ForecasterConfig config, double[] values)
    {
        (Horizon, Targets, Quantiles, _outputs, _values) = (config.Horizon, config.Targets, config.Quantiles, config.OutputsPerValue, values);
    }

    /// <summary>Rows forecast.</summary>
    public int Horizon { get; }

    /// <summary>Names of the columns forecast.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>Levels of the quantiles, rising; empty for a point forecast.</summary>
    public IReadOnlyList<double> Quantiles { get; }

    /// <summary>All numbers [horizon, targets, max(1, quantiles)], row-major.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The forecast of one value: the point, or the quantile nearest to the median.</summary>
    /// <param name="ahead">Row, counted from 0 for the first one after the history.</param>
    /// <param name="target">Index into <see cref="Targets"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or target.</exception>
    public double this[int ahead, int target] => Of(ahead, target)[Middle];

    /// <summary>Everything forecast of one value: one number, or one for each quantile.</summary>
    /// <param name="ahead">Row, counted from 0 for the first one after the history.</param>
    /// <param name="target">Index into <see cref="Targets"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or target.</exception>
    public ReadOnlySpan<double> Of(int ahead, int target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ahead);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ahead, Horizon);
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, Targets.Count);
        return _values.AsSpan(((ahead * Targets.Count) + target) * _outputs, _outputs);
    }

    private int Middle => Quantiles.Count == 0 ? 0 : Enumerable.Range(0, Quantiles.Count).MinBy(index => Math.Abs(Quantiles[index] - 0.5));
}
