using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Does what a rule says about the missing values of one sequence. A gap is filled from its own sequence only.</summary>
internal static class MissingValues
{
    /// <summary>A sequence without missing values.</summary>
    /// <param name="features">Names of the columns.</param>
    /// <param name="values">[T, features] row-major, NaN where a value is missing.</param>
    /// <param name="rule">What to do; <see cref="MissingRule.Error"/> has been dealt with by whoever read the values.</param>
    /// <param name="file">For messages.</param>
    /// <param name="line">Where the sequence begins; null when it is the whole file.</param>
    /// <exception cref="DataFileException">Nothing is left, or there is nothing to fill a gap from.</exception>
    public static SensorSequence Fill(IReadOnlyList<string> features, double[] values, MissingRule rule, string file, long? line)
    {
        if (!values.AsSpan().Contains(double.NaN))
        {
            return new SensorSequence(features, values);
        }

        int width = features.Count;
        if (rule == MissingRule.Drop)
        {
            double[] whole = [.. values.Chunk(width).Where(row => !Array.Exists(row, double.IsNaN)).SelectMany(row => row)];
            return whole.Length > 0 ? new SensorSequence(features, whole) : throw new DataFileException(file, "the sequence has no step with a value for every feature, so dropping those without leaves none", line);
        }

        for (int feature = 0; feature < width; feature++)
        {
            double[] column = new double[values.Length / width];
            for (int step = 0; step < column.Length; step++)
            {
                column[step] = values[(step * width) + feature];
            }

            foreach (Gap gap in Gap.In(column, feature).ToList())
            {
                bool isWhole = gap.Start == 0 && gap.End == column.Length;
                if (isWhole || (rule == MissingRule.Previous && gap.Start == 0))
                {
                    throw new DataFileException(file, isWhole
                        ? "the sequence has no value at all for this feature"
                        : "the first value of the sequence is missing and there is none before it to repeat (set source.missing to interpolate)", line, features[feature]);
                }

                if (rule == MissingRule.Previous)
                {
                    gap.Repeat(column);
                }
                else
                {
                    gap.Interpolate(column);
                }
            }

            for (int step = 0; step < column.Length; step++)
            {
                values[(step * width) + feature] = column[step];
            }
        }

        return new SensorSequence(features, values);
    }
}
