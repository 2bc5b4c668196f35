namespace Carousel.Data;

/// <summary>
/// The examples of one part of a scaled series: T rows to look back on and the horizon after them. The horizon lies wholly inside the part;
/// the rows before it may reach into the part before, never the other way round.
/// </summary>
public sealed class Windows
{
    private readonly float[] _values;
    private readonly int _first;

    /// <summary>Lays windows over a part.</summary>
    /// <param name="values">The scaled series [N, F], row-major, targets first; shared, not copied.</param>
    /// <param name="features">F.</param>
    /// <param name="targets">K, 1 … F.</param>
    /// <param name="part">The rows whose forecasts count.</param>
    /// <param name="config">Length, horizon and stride.</param>
    internal Windows(float[] values, int features, int targets, RowRange part, WindowConfig config)
    {
        _values = values;
        Features = features;
        Targets = targets;
        Part = part;
        Config = config;
        _first = Math.Max(part.Start, config.Length);
        int origins = part.End - config.Horizon - _first + 1;
        Count = origins <= 0 ? 0 : ((origins - 1) / config.Stride) + 1;
    }

    /// <summary>Number of windows.</summary>
    public int Count { get; }

    /// <summary>Number of features F.</summary>
    public int Features { get; }

    /// <summary>Number of targets K; the first K features.</summary>
    public int Targets { get; }

    /// <summary>The rows whose forecasts count.</summary>
    public RowRange Part { get; }

    /// <summary>Length, horizon and stride.</summary>
    public WindowConfig Config { get; }

    /// <summary>First row a window looks back on.</summary>
    /// <param name="window">Which window, 0 … <see cref="Count"/> − 1.</param>
    public int Start(int window) => Origin(window) - Config.Length;

    /// <summary>First row a window forecasts: the row after the last one it looks back on.</summary>
    /// <param name="window">Which window, 0 … <see cref="Count"/> − 1.</param>
    public int Origin(int window)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(window, Count);
        return _first + (window * Config.Stride);
    }

    /// <summary>A scaled value of the series; rows before the window are its past.</summary>
    /// <param name="row">Row of the series.</param>
    /// <param name="feature">Which feature, 0 … F − 1.</param>
    public float Value(int row, int feature) => _values[(row * Features) + feature];

    /// <summary>The rows a window looks back on, [T, F] row-major, without a copy.</summary>
    /// <param name="window">Which window, 0 … <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<float> Inputs(int window) => _values.AsSpan(Start(window) * Features, Config.Length * Features);

    /// <summary>Copies inputs of some windows into a batch, time first. Allocates nothing.</summary>
    /// <param name="windows">The windows [B].</param>
    /// <param name="batch">Receives [T, B, F].</param>
    /// <exception cref="ArgumentException">The batch has another length.</exception>
    public void FillInputs(ReadOnlySpan<int> windows, Span<float> batch)
    {
        ThrowIfOtherLength(batch.Length, Config.Length * windows.Length * Features);
        for (int b = 0; b < windows.Length; b++)
        {
            ReadOnlySpan<float> rows = Inputs(windows[b]);
            for (int t = 0; t < Config.Length; t++)
            {
                rows.Slice(t * Features, Features).CopyTo(batch[(((t * windows.Length) + b) * Features)..]);
            }
        }
    }

    /// <summary>Copies what some windows are to forecast into a batch, time first. Allocates nothing.</summary>
    /// <param name="windows">The windows [B].</param>
    /// <param name="batch">Receives [horizon, B, K].</param>
    /// <exception cref="ArgumentException">The batch has another length.</exception>
    public void FillTargets(ReadOnlySpan<int> windows, Span<float> batch)
    {
        ThrowIfOtherLength(batch.Length, Config.Horizon * windows.Length * Targets);
        for (int b = 0; b < windows.Length; b++)
        {
            int origin = Origin(windows[b]);
            for (int h = 0; h < Config.Horizon; h++)
            {
                _values.AsSpan((origin + h) * Features, Targets).CopyTo(batch[(((h * windows.Length) + b) * Targets)..]);
            }
        }
    }

    private static void ThrowIfOtherLength(int actual, int expected)
    {
        if (actual != expected)
        {
            throw new ArgumentException($"the batch holds {actual} numbers, expected {expected}");
        }
    }
}
