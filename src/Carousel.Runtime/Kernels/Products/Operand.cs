namespace Carousel.Runtime.Kernels.Products;

/// <summary>One side of a product while its memory is pinned: an axis that is kept (rows of A, columns of B) and the axis k that is summed.</summary>
/// <param name="Start">The first element.</param>
/// <param name="Stride">Elements from one stored row to the next.</param>
/// <param name="IsDepthContiguous">True when neighbours along k lie side by side, false when neighbours along the kept axis do.</param>
internal readonly unsafe record struct Operand(nint Start, nint Stride, bool IsDepthContiguous)
{
    /// <summary>A left operand [M, K].</summary>
    public static Operand Left(in Matrix a, float* start) => new((nint)start, a.Stride, !a.IsTransposed);

    /// <summary>A right operand [K, N].</summary>
    public static Operand Right(in Matrix b, float* start) => new((nint)start, b.Stride, b.IsTransposed);

    /// <summary>Where element <paramref name="kept"/> of the kept axis meets <paramref name="k"/>.</summary>
    public float* At(long kept, long k) => (float*)Start + (IsDepthContiguous ? (kept * Stride) + k : (k * Stride) + kept);

    /// <summary>Copies <paramref name="count"/> neighbours of the kept axis over one range of k to target[depth, width].</summary>
    public void Pack(long kept, int count, long k, int depth, float* target, int width)
    {
        if (IsDepthContiguous)
        {
            Packing.Transpose(At(kept, k), Stride, depth, count, target, width);
        }
        else
        {
            Packing.CopyRows(At(kept, k), Stride, depth, count, target, width);
        }
    }
}
