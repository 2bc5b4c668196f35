using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>The left factor A [M, K] of a product: float32 numbers that are packed block by block, or pairs that were stacked before.</summary>
/// <param name="Values">The numbers, unless it is stacked.</param>
/// <param name="Pairs">The first pair of a stacked factor; 0 for one that is not.</param>
/// <param name="Stride">Bytes from one row of pairs to the next, or from one strip to the next.</param>
/// <param name="StripWidth">Rows of A that lie side by side, pair after pair, in strips [K / 2, width]; 1 for rows of pairs.</param>
internal readonly record struct PairFactor(Operand Values, nint Pairs, nint Stride, int StripWidth)
{
    /// <summary>True when the pairs are there already.</summary>
    public bool IsStacked => Pairs != 0;

    /// <summary>Numbers.</summary>
    public static PairFactor Of(Operand values) => new(values, 0, 0, 1);

    /// <summary>Stacked rows.</summary>
    public static PairFactor Rows(nint pairs, nint stride) => new(default, pairs, stride, 1);

    /// <summary>Stacked columns of what is now transposed.</summary>
    public static PairFactor Strips(nint pairs, nint stride, int width) => new(default, pairs, stride, width);

    /// <summary>Where a row of a stacked factor has its pair of k and k + 1.</summary>
    /// <param name="row">0 or more.</param>
    /// <param name="k">Even.</param>
    public unsafe byte* At(int row, int k) => (byte*)Pairs + (row / StripWidth * Stride) + ((((nint)k / 2 * StripWidth) + (row % StripWidth)) * sizeof(int));
}
