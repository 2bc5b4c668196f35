namespace Carousel.Data;

/// <summary>A data file cannot be used as it is. The message says where, what was found, and what to do.</summary>
public sealed class DataFileException : Exception
{
    /// <summary>Creates the exception; its message reads `FILE, line LINE, column 'COLUMN': PROBLEM`.</summary>
    /// <param name="file">Name of the file, without its folder.</param>
    /// <param name="problem">What was found, what was expected, what to do.</param>
    /// <param name="line">Line in the file, counted from 1; null when the problem is in no one line.</param>
    /// <param name="column">Name of the column; null when the problem is in no one column.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public DataFileException(string file, string problem, long? line = null, string? column = null, Exception? inner = null)
        : base($"{file}{(line is null ? "" : $", line {line}")}{(column is null ? "" : $", column '{column}'")}: {problem}", inner)
    {
        File = file;
        Line = line;
        Column = column;
    }

    /// <summary>Name of the file, without its folder.</summary>
    public string File { get; }

    /// <summary>Line in the file, counted from 1; null when the problem is in no one line.</summary>
    public long? Line { get; }

    /// <summary>Name of the column; null when the problem is in no one column.</summary>
    public string? Column { get; }
}
