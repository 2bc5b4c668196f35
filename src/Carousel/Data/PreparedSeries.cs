using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>A series ready to train a forecaster on: split, scaled by its training part, and laid out in windows.</summary>
public sealed class PreparedSeries
{
    private PreparedSeries(Series series, SeriesSplit split, StandardScaler scaler, WindowConfig config)
    {
        Series = series;
        Split = split;
        Scaler = scaler;
        int features = series.Columns.Count;
        float[] values = new float[checked(series.Rows * features)];
        for (int column = 0; column < features; column++)
        {
            ReadOnlySpan<double> unscaled = series[column];
            for (int row = 0; row < unscaled.Length; row++)
            {
                values[(row * features) + column] = (float)scaler.Scale(unscaled[row], column);
            }
        }

        Train = new Windows(values, features, series.TargetCount, split.Train, config);
        Valid = new Windows(values, features, series.TargetCount, split.Valid, config with { Stride = 1 });
        Test = new Windows(values, features, series.TargetCount, split.Test, config with { Stride = 1 });
        Warnings = [.. Enumerable.Range(series.TargetCount, features - series.TargetCount)
            .Where(column => scaler.Deviations[column] == 0)
            .Select(column => $"{series.Name}: covariate '{series.Columns[column]}' is constant in the training part; it is scaled to 0 and tells the model nothing")];
    }

    /// <summary>The series in the units of the file.</summary>
    public Series Series { get; }

    /// <summary>Which rows are in which part.</summary>
    public SeriesSplit Split { get; }

    /// <summary>Fitted on the training part alone, or taken over from a model.</summary>
    public StandardScaler Scaler { get; }

    /// <summary>Windows to train on, one every stride rows.</summary>
    public Windows Train { get; }

    /// <summary>Windows to choose the model on, at every row.</summary>
    public Windows Valid { get; }

    /// <summary>Windows to report, at every row.</summary>
    public Windows Test { get; }

    /// <summary>What a person should know and may ignore, such as a covariate that never changes.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Splits, scales and lays out a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="split">Sizes of the three parts.</param>
    /// <param name="window">Length, horizon and stride.</param>
    /// <param name="scaler">The scaler of a trained model to use again; null to fit one on the training part.</param>
    /// <exception cref="DataFileException">A part is too short for a single window, or a target never changes in the training part.</exception>
    /// <exception cref="ArgumentException">A size is wrong in itself, or the scaler is for other columns.</exception>
    public static PreparedSeries Of(Series series, SplitConfig split, WindowConfig window, StandardScaler? scaler = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(window);
        string[] problems = [.. window.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(window));
        }

        if (scaler is not null && !scaler.Features.SequenceEqual(series.Columns))
        {
            throw new ArgumentException($"the scaler is for the columns {string.Join(", ", scaler.Features)}, expected {string.Join(", ", series.Columns)}", nameof(scaler));
        }

        SeriesSplit parts = split.Resolve(series);
        Series clean = series.WithoutInterpolationAcross(parts.Train.End).WithoutInterpolationAcross(parts.Valid.End);
        StandardScaler used = scaler ?? ScalerFit.Of(clean, parts.Train);
        for (int target = 0; target < clean.TargetCount; target++)
        {
            if (used.Deviations[target] == 0)
            {
                throw new DataFileException(
                    series.Name, $"the target is {clean[target][0]} in every row of the training part, so there is nothing to learn; choose a target that changes", column: clean.Columns[target]);
            }
        }

        var prepared = new PreparedSeries(clean, parts, used, window);
        ThrowIfTooShort(prepared.Train, "training", series.Name);
        ThrowIfTooShort(prepared.Valid, "validation", series.Name);
        ThrowIfTooShort(prepared.Test, "test", series.Name);
        return prepared;
    }

    private static void ThrowIfTooShort(Windows windows, string part, string file)
    {
        if (windows.Count == 0)
        {
            // Only a part that starts before one whole window has passed needs rows for it.
            int before = Math.Max(0, windows.Config.Length - windows.Part.Start);
            throw new DataFileException(
                file,
                $"the {part} part has {windows.Part.Count} rows, but needs {before + windows.Config.Horizon} or more for "
                + $"{(before > 0 ? $"a window of {windows.Config.Length} and " : "")}a horizon of {windows.Config.Horizon} (choose smaller ones, or another split)");
        }
    }
}
