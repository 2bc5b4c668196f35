namespace Carousel.Data;

/// <summary>Rows of one column that the file gave no value for.</summary>
/// <param name="Column">Which column.</param>
/// <param name="Start">First row without a value.</param>
/// <param name="End">Row after the last one without a value: the first whose value the filling may have used.</param>
internal readonly record struct Gap(int Column, int Start, int End)
{
    /// <summary>Finds the gaps of a column: runs of NaN.</summary>
    public static IEnumerable<Gap> In(double[] values, int column)
    {
        for (int row = 0; row < values.Length; row++)
        {
            if (!double.IsNaN(values[row]))
            {
                continue;
            }

            int start = row;
            while (row < values.Length && double.IsNaN(values[row]))
            {
                row++;
            }

            yield return new Gap(column, start, row);
        }
    }

    /// <summary>Fills the gap with a straight line between its neighbours, or with the one neighbour it has.</summary>
    public void Interpolate(double[] values)
    {
        double before = Start > 0 ? values[Start - 1] : values[End];
        double after = End < values.Length ? values[End] : before;
        for (int row = Start; row < End; row++)
        {
            // As a weighted mean, which cannot overflow and stays between its ends.
            double weight = (double)(row - Start + 1) / (End - Start + 1);
            values[row] = Start == 0 ? after : (before * (1 - weight)) + (after * weight);
        }
    }

    /// <summary>Fills the gap with the value in front of it.</summary>
    public void Repeat(double[] values) => values.AsSpan(Start, End - Start).Fill(values[Start - 1]);
}
