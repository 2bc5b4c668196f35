namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>A run of neighbouring columns held in registers, as wide as one tile of a matrix product: what the inner loop of a product needs and no more.</summary>
/// <typeparam name="TSelf">The binding.</typeparam>
internal unsafe interface IStrip<TSelf> where TSelf : unmanaged, IStrip<TSelf>
{
    /// <summary>Number of columns.</summary>
    static abstract int Width { get; }

    /// <summary>The value in memory in every column.</summary>
    static abstract TSelf Broadcast(float* source);

    /// <summary>All columns from memory, aligned or not.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>All columns to memory.</summary>
    void Store(float* destination);

    /// <summary>a + b</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>this += a · b, rounded once where the machine can. A method that changes its own fields, because only then does the run-time compiler keep a sum in one register.</summary>
    void AddProduct(TSelf a, TSelf b);
}
