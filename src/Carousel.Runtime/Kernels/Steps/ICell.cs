using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>The post-product of a recurrent cell for sixteen units: one struct per set of equations, in the order of operations of the training library.</summary>
/// <remarks>c and h below 2⁻¹⁰⁰ become zero, so that a silent input never leads to denormal numbers; nothing else differs from training.</remarks>
internal interface ICell
{
    /// <summary>Number of gates.</summary>
    static abstract int Gates { get; }

    /// <summary>True when U·h₋ and W·x go into one sum, in training slab by slab and U·h₋ last; false when both products are needed apart, or are summed apart in training.</summary>
    static abstract bool IsJoined { get; }

    /// <summary>From pre-activations and state to the new state.</summary>
    static abstract void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>;
}
