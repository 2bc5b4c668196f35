using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>y = f(x), element by element: one struct per formula, which <see cref="Traversal"/> takes over spans.</summary>
internal interface IOperator
{
    /// <summary>f of sixteen values.</summary>
    static abstract TLanes Invoke<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;
}
