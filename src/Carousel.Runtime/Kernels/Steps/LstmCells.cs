using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>i, f, o = σ(z); g = tanh z; c = f·c₋ + i·g; h = o·tanh c: the operations of <see cref="LstmStep"/>.</summary>
internal readonly unsafe struct LstmCell : ICell
{
    public static int Gates => 4;

    public static bool IsJoined => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes fresh = SigmoidOperator.Invoke(block.OfInput<TLanes>(0)) * TanhOperator.Invoke(block.OfInput<TLanes>(2));
        TLanes cell = Tiny.Flush(TLanes.MultiplyAdd(SigmoidOperator.Invoke(block.OfInput<TLanes>(1)), TLanes.Load(block.Cell), fresh));
        cell.Store(block.Cell);
        Tiny.Flush(SigmoidOperator.Invoke(block.OfInput<TLanes>(3)) * TanhOperator.Invoke(cell)).Store(block.Output);
    }
}

/// <summary>The LSTM whose gates see the cell: i and f see c₋, o sees c (Gers &amp; Schmidhuber 2000).</summary>
internal readonly unsafe struct PeepholeCell : ICell
{
    public static int Gates => 4;

    public static bool IsJoined => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes before = TLanes.Load(block.Cell);
        TLanes i = SigmoidOperator.Invoke(block.Sum<TLanes>(0) + (before * TLanes.Load(block.Peepholes)));
        TLanes f = SigmoidOperator.Invoke(block.Sum<TLanes>(1) + (before * TLanes.Load(block.Peepholes + Panels.Lane)));
        TLanes cell = Tiny.Flush((f * before) + (i * TanhOperator.Invoke(block.Sum<TLanes>(2))));
        TLanes o = SigmoidOperator.Invoke(block.Sum<TLanes>(3) + (cell * TLanes.Load(block.Peepholes + (2 * Panels.Lane))));
        cell.Store(block.Cell);
        Tiny.Flush(o * TanhOperator.Invoke(cell)).Store(block.Output);
    }
}

/// <summary>The LSTM that forgets as much as it takes in, f = 1 − i (Greff et al. 2017).</summary>
internal readonly unsafe struct CoupledCell : ICell
{
    public static int Gates => 4;

    public static bool IsJoined => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes i = SigmoidOperator.Invoke(block.Sum<TLanes>(0)), f = TLanes.Create(1) - i;
        TLanes cell = Tiny.Flush((f * TLanes.Load(block.Cell)) + (i * TanhOperator.Invoke(block.Sum<TLanes>(2))));
        cell.Store(block.Cell);
        Tiny.Flush(SigmoidOperator.Invoke(block.Sum<TLanes>(3)) * TanhOperator.Invoke(cell)).Store(block.Output);
    }
}

/// <summary>The LSTM with clamped pre-activations, cells or both (Sak et al. 2014); a bound that is not wanted is +∞.</summary>
internal readonly unsafe struct ClippedCell : ICell
{
    public static int Gates => 4;

    public static bool IsJoined => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes gate = TLanes.Create(block.First), bound = TLanes.Create(block.Second);
        TLanes i = SigmoidOperator.Invoke(Clamp(block.Sum<TLanes>(0), gate)), f = SigmoidOperator.Invoke(Clamp(block.Sum<TLanes>(1), gate));
        TLanes g = TanhOperator.Invoke(Clamp(block.Sum<TLanes>(2), gate)), o = SigmoidOperator.Invoke(Clamp(block.Sum<TLanes>(3), gate));
        TLanes cell = Tiny.Flush(Clamp((f * TLanes.Load(block.Cell)) + (i * g), bound));
        cell.Store(block.Cell);
        Tiny.Flush(o * TanhOperator.Invoke(cell)).Store(block.Output);
    }

    // NaN stays NaN: Min and Max give their second operand then.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Clamp<TLanes>(TLanes x, TLanes bound) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Max(default(TLanes) - bound, TLanes.Min(bound, x));
}

/// <summary>Zoneout at inference: c and h are the expected mixtures of old and new value (Krueger et al. 2017).</summary>
internal readonly unsafe struct ZoneoutCell : ICell
{
    public static int Gates => 4;

    public static bool IsJoined => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update<TLanes>(in CellBlock block) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes before = TLanes.Load(block.Cell), previous = TLanes.Load(block.Previous);
        TLanes fresh = SigmoidOperator.Invoke(block.Sum<TLanes>(0)) * TanhOperator.Invoke(block.Sum<TLanes>(2));
        TLanes cell = Tiny.Flush(TLanes.MultiplyAdd(SigmoidOperator.Invoke(block.Sum<TLanes>(1)), before, fresh));
        TLanes output = SigmoidOperator.Invoke(block.Sum<TLanes>(3)) * TanhOperator.Invoke(cell);
        Mix(before, cell, block.First).Store(block.Cell);
        Mix(previous, output, block.Second).Store(block.Output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Mix<TLanes>(TLanes before, TLanes after, float kept) where TLanes : unmanaged, ILanes<TLanes> =>
        Tiny.Flush((before * TLanes.Create(kept)) + (after * TLanes.Create(1 - kept)));
}
