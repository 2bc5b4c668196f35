using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>The GRU whose reset gate comes after the product: n = tanh(W_n x + b_in + r·(U_n h₋ + b_hn)); h = (1 − z)·n + z·h₋ (Cho et al. 2014, PyTorch's form).</summary>
internal readonly unsafe struct GruCell : ICell
{
    public static int Gates => 3;

    public static bool IsJoined => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes r = SigmoidOperator.Invoke(block.Sum<TLanes>(0)), z = SigmoidOperator.Invoke(block.Sum<TLanes>(1));
        TLanes n = TanhOperator.Invoke(block.OfInput<TLanes>(2) + (r * block.OfRecurrent<TLanes>(2)));
        Tiny.Flush(((TLanes.Create(1) - z) * n) + (z * TLanes.Load(block.Previous))).Store(block.Output);
    }
}
