using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>Gates and state of one LSTM time step, forward and backward: <see cref="KernelSet.LstmForward"/>, <see cref="KernelSet.LstmBackward"/>.</summary>
/// <remarks>
/// The forward pass goes over each row twice, first activating its gates, then updating its state: the row stays in the first-level cache, and two short bodies
/// compile better than a long one. Whole groups of sixteen units and the rest of a row are methods of their own for the same reason.
/// </remarks>
internal static unsafe class LstmStep
{
    /// <summary>i, f, o = σ(z); g = tanh z; c = f·c₋ + i·g; h = o·tanh c.</summary>
    public static void Forward<TLanes>(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int rest = hidden % ILanes<TLanes>.Count, whole = hidden - rest;
        fixed (float* z = gates, before = previousCell, c = cell, t = cellTanh, h = output)
        {
            for (int row = 0; row < batch; row++)
            {
                nint at = (nint)row * hidden;
                float* gate = z + (4 * at);
                Traversal.Map<TLanes, SigmoidOperator>(gate, gate, 2 * hidden);
                Traversal.Map<TLanes, TanhOperator>(gate + (2 * hidden), gate + (2 * hidden), hidden);
                Traversal.Map<TLanes, SigmoidOperator>(gate + (3 * hidden), gate + (3 * hidden), hidden);
                UpdateWhole<TLanes>(hidden, whole, gate, before + at, c + at, t + at, h + at);
                if (rest > 0)
                {
                    UpdateRest<TLanes>(hidden, rest, gate + whole, before + at + whole, c + at + whole, t + at + whole, h + at + whole);
                }
            }
        }
    }

    /// <summary>∂L/∂z and ∂L/∂c₋ from ∂L/∂h and ∂L/∂c.</summary>
    public static void Backward<TLanes>(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int rest = hidden % ILanes<TLanes>.Count, whole = hidden - rest;
        fixed (float* a = gates, before = previousCell, t = cellTanh, dh = outputGradient, dc = cellGradient, dz = gateGradient)
        {
            for (int row = 0; row < batch; row++)
            {
                nint at = (nint)row * hidden;
                BackwardWhole<TLanes>(hidden, whole, a + (4 * at), before + at, t + at, dh + at, dc + at, dz + (4 * at));
                if (rest > 0)
                {
                    BackwardRest<TLanes>(hidden, rest, a + (4 * at) + whole, before + at + whole, t + at + whole, dh + at + whole, dc + at + whole, dz + (4 * at) + whole);
                }
            }
        }
    }

    // Pointers stand on the first of the units in question; the four gates lie H apart.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateWhole<TLanes>(nint hidden, int units, float* a, float* before, float* c, float* t, float* h) where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int unit = 0; unit < units; unit += ILanes<TLanes>.Count)
        {
            float* gate = a + unit;
            TLanes fresh = TLanes.Load(gate) * TLanes.Load(gate + (2 * hidden));
            TLanes cell = Tiny.Flush(TLanes.MultiplyAdd(TLanes.Load(gate + hidden), TLanes.Load(before + unit), fresh));
            TLanes squashed = TanhOperator.Invoke(cell);
            cell.Store(c + unit);
            squashed.Store(t + unit);
            (TLanes.Load(gate + (3 * hidden)) * squashed).Store(h + unit);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateRest<TLanes>(nint hidden, int units, float* a, float* before, float* c, float* t, float* h) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes fresh = TLanes.Load(a, units) * TLanes.Load(a + (2 * hidden), units);
        TLanes cell = Tiny.Flush(TLanes.MultiplyAdd(TLanes.Load(a + hidden, units), TLanes.Load(before, units), fresh));
        TLanes squashed = TanhOperator.Invoke(cell);
        cell.Store(c, units);
        squashed.Store(t, units);
        (TLanes.Load(a + (3 * hidden), units) * squashed).Store(h, units);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardWhole<TLanes>(nint hidden, int units, float* a, float* before, float* t, float* dh, float* dc, float* dz) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes one = TLanes.Create(1);
        for (int unit = 0; unit < units; unit += ILanes<TLanes>.Count)
        {
            float* gate = a + unit, gradient = dz + unit;
            TLanes i = TLanes.Load(gate), f = TLanes.Load(gate + hidden), g = TLanes.Load(gate + (2 * hidden)), o = TLanes.Load(gate + (3 * hidden));
            TLanes squashed = TLanes.Load(t + unit), output = TLanes.Load(dh + unit);
            TLanes cell = TLanes.MultiplyAdd(output * o, one - (squashed * squashed), TLanes.Load(dc + unit));
            Tiny.Flush(cell * g * (i * (one - i))).Store(gradient);
            Tiny.Flush(cell * TLanes.Load(before + unit) * (f * (one - f))).Store(gradient + hidden);
            Tiny.Flush(cell * i * (one - (g * g))).Store(gradient + (2 * hidden));
            Tiny.Flush(output * squashed * (o * (one - o))).Store(gradient + (3 * hidden));
            Tiny.Flush(cell * f).Store(dc + unit);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRest<TLanes>(nint hidden, int units, float* a, float* before, float* t, float* dh, float* dc, float* dz) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes one = TLanes.Create(1);
        TLanes i = TLanes.Load(a, units), f = TLanes.Load(a + hidden, units), g = TLanes.Load(a + (2 * hidden), units), o = TLanes.Load(a + (3 * hidden), units);
        TLanes squashed = TLanes.Load(t, units), output = TLanes.Load(dh, units);
        TLanes cell = TLanes.MultiplyAdd(output * o, one - (squashed * squashed), TLanes.Load(dc, units));
        Tiny.Flush(cell * g * (i * (one - i))).Store(dz, units);
        Tiny.Flush(cell * TLanes.Load(before, units) * (f * (one - f))).Store(dz + hidden, units);
        Tiny.Flush(cell * i * (one - (g * g))).Store(dz + (2 * hidden), units);
        Tiny.Flush(output * squashed * (o * (one - o))).Store(dz + (3 * hidden), units);
        Tiny.Flush(cell * f).Store(dc, units);
    }
}
