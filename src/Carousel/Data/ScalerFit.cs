using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>Fits a <see cref="StandardScaler"/>.</summary>
public static class ScalerFit
{
    /// <summary>Mean and standard deviation (of the population: divided by n) of every column over some rows; nothing outside them is read.</summary>
    /// <param name="series">The series [N, F].</param>
    /// <param name="rows">The rows to fit on: the training part.</param>
    /// <returns>The scaler. A column that is constant over these rows has a deviation of exactly 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rows are none, or not rows of the series.</exception>
    public static StandardScaler Of(Series series, RowRange rows)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentOutOfRangeException.ThrowIfNegative(rows.Start, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Count, 1, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.End, series.Rows, nameof(rows));
        double[] means = new double[series.Columns.Count], deviations = new double[means.Length];
        for (int column = 0; column < means.Length; column++)
        {
            (means[column], deviations[column]) = Moments(series[column][rows.Start..rows.End]);
        }

        return new StandardScaler(series.Columns, means, deviations);
    }

    /// <summary>Mean and standard deviation of every feature over the frames of some sequences.</summary>
    /// <param name="features">Names of the features [F].</param>
    /// <param name="sequences">Frames [T, F] of each sequence.</param>
    /// <returns>The scaler. A feature that is constant over all frames has a deviation of exactly 0.</returns>
    /// <exception cref="ArgumentException">There is no frame.</exception>
    public static StandardScaler Of(IReadOnlyList<string> features, IEnumerable<float[]> sequences)
    {
        ArgumentNullException.ThrowIfNull(features);
        float[] frames = [.. sequences.SelectMany(sequence => sequence)];
        if (frames.Length == 0)
        {
            throw new ArgumentException("there is no frame to fit a scaler to", nameof(sequences));
        }

        double[] means = new double[features.Count], deviations = new double[means.Length], column = new double[frames.Length / means.Length];
        for (int feature = 0; feature < means.Length; feature++)
        {
            for (int frame = 0; frame < column.Length; frame++)
            {
                column[frame] = frames[(frame * means.Length) + feature];
            }

            (means[feature], deviations[feature]) = Moments(column);
        }

        return new StandardScaler(features, means, deviations);
    }

    private static (double Mean, double Deviation) Moments(ReadOnlySpan<double> values)
    {
        // Rounding gives the mean of equal values a last bit of its own: a constant is told by its values, not by its variance.
        if (!values.ContainsAnyExcept(values[0]))
        {
            return (values[0], 0);
        }

        double mean = 0, squares = 0;
        foreach (double value in values)
        {
            mean += value / values.Length;
        }

        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean) / values.Length;
        }

        return (mean, Math.Sqrt(squares));
    }
}
