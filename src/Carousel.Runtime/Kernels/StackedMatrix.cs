namespace Carousel.Runtime.Kernels;

/// <summary>A left factor that was made a few rows at a time by <see cref="KernelSet.Stack"/>, to be multiplied as it is or as its transpose.</summary>
public readonly ref struct StackedMatrix
{
    /// <summary>Lays a matrix over the memory of a stack.</summary>
    /// <param name="memory">As many numbers as <see cref="KernelSet.StackLength"/> says, filled by <see cref="KernelSet.Stack"/>.</param>
    /// <param name="capacity">Rows that the memory has room for.</param>
    /// <param name="rows">Rows that are used, from the first on, 0 … <paramref name="capacity"/>.</param>
    /// <param name="columns">Number of columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for so many rows.</exception>
    public StackedMatrix(ReadOnlySpan<float> memory, int capacity, int rows, int columns)
        : this(memory, capacity, rows, columns, isTransposed: false)
    {
    }

    private StackedMatrix(ReadOnlySpan<float> memory, int capacity, int rows, int columns, bool isTransposed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, capacity);
        (Capacity, StackedRows, StackedColumns, IsTransposed) = (capacity, rows, columns, isTransposed);
        Memory = memory;
    }

    /// <summary>What the set that made it keeps there.</summary>
    public ReadOnlySpan<float> Memory { get; }

    /// <summary>Rows that the memory has room for.</summary>
    public int Capacity { get; }

    /// <summary>Rows as stacked.</summary>
    public int StackedRows { get; }

    /// <summary>Columns as stacked.</summary>
    public int StackedColumns { get; }

    /// <summary>True when a product reads the transpose.</summary>
    public bool IsTransposed { get; }

    /// <summary>Rows as a product sees them.</summary>
    public int Rows => IsTransposed ? StackedColumns : StackedRows;

    /// <summary>Columns as a product sees them.</summary>
    public int Columns => IsTransposed ? StackedRows : StackedColumns;

    /// <summary>The transpose, without moving a number.</summary>
    public StackedMatrix Transposed => new(Memory, Capacity, StackedRows, StackedColumns, !IsTransposed);
}
