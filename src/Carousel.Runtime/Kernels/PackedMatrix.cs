namespace Carousel.Runtime.Kernels;

/// <summary>A right-hand matrix [K, N] in the layout one <see cref="KernelSet"/> reads fastest. Made by <see cref="KernelSet.Pack"/>.</summary>
public abstract class PackedMatrix
{
    /// <summary>Records the sizes and the owner.</summary>
    private protected PackedMatrix(KernelSet owner, int rows, int columns)
    {
        Owner = owner;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The set that packed it, the only one that can read it.</summary>
    public KernelSet Owner { get; }

    /// <summary>K, the length of the summed axis.</summary>
    public int Rows { get; }

    /// <summary>N, the number of output columns.</summary>
    public int Columns { get; }
}
