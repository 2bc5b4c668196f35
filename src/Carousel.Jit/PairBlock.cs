namespace Carousel.Jit;

/// <summary>A part of C, some rows high and some strips wide, and what is multiplied for it over one slab of k.</summary>
/// <param name="A">[M, K]</param>
/// <param name="Row">The first row, that of a strip when A is stacked.</param>
/// <param name="Rows">1 … <see cref="EmittedPairProduct.BlockRows"/></param>
/// <param name="K">The first k, even.</param>
/// <param name="Depth">Numbers along k.</param>
/// <param name="Strips">The first strip of B, packed, at this slab.</param>
/// <param name="StripStride">Bytes from one strip to the next.</param>
/// <param name="Columns">1 or more.</param>
/// <param name="C">The first row and column.</param>
/// <param name="CStride">Elements from one row of C to the next.</param>
/// <param name="Accumulate">True to add to what C holds.</param>
internal readonly record struct PairBlock(PairFactor A, int Row, int Rows, int K, int Depth, nint Strips, nint StripStride, int Columns, nint C, nint CStride, bool Accumulate);
