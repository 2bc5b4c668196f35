namespace Carousel.Runtime.Kernels;

/// <summary>A read-only float32 matrix laid over a span, row-major, with an optional gap between rows and an optional reading as its transpose.</summary>
public readonly ref struct Matrix
{
    /// <summary>Lays a <paramref name="rows"/> × <paramref name="columns"/> matrix over <paramref name="values"/>.</summary>
    /// <param name="values">At least <c>(rows − 1)·stride + columns</c> elements.</param>
    /// <param name="rows">Number of stored rows.</param>
    /// <param name="columns">Number of stored columns.</param>
    /// <param name="stride">Elements from the start of one row to the start of the next; 0 means <paramref name="columns"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or <paramref name="stride"/> is shorter than a row.</exception>
    /// <exception cref="ArgumentException"><paramref name="values"/> is too short for the sizes.</exception>
    public Matrix(ReadOnlySpan<float> values, int rows, int columns, int stride = 0)
        : this(values, rows, columns, stride == 0 ? columns : stride, isTransposed: false)
    {
    }

    private Matrix(ReadOnlySpan<float> values, int rows, int columns, int stride, bool isTransposed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        long needed = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
        if (values.Length < needed)
        {
            throw new ArgumentException($"a {rows} × {columns} matrix with row stride {stride} needs {needed} values, found {values.Length}", nameof(values));
        }

        Values = values;
        StoredRows = rows;
        StoredColumns = columns;
        Stride = stride;
        IsTransposed = isTransposed;
    }

    /// <summary>The elements as stored.</summary>
    public ReadOnlySpan<float> Values { get; }

    /// <summary>Rows as stored.</summary>
    public int StoredRows { get; }

    /// <summary>Columns as stored.</summary>
    public int StoredColumns { get; }

    /// <summary>Elements from one stored row to the next.</summary>
    public int Stride { get; }

    /// <summary>True when a product reads this matrix as the transpose of what is stored.</summary>
    public bool IsTransposed { get; }

    /// <summary>Rows as a product sees them.</summary>
    public int Rows => IsTransposed ? StoredColumns : StoredRows;

    /// <summary>Columns as a product sees them.</summary>
    public int Columns => IsTransposed ? StoredRows : StoredColumns;

    /// <summary>The transpose, without moving a number.</summary>
    public Matrix Transposed => new(Values, StoredRows, StoredColumns, Stride, !IsTransposed);
}
