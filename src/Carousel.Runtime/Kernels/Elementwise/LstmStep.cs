using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>Gates and state of one LSTM time step, forward and backward: <see cref="KernelSet.LstmForward"/>, <see cref="KernelSet.LstmBackward"/>.</summary>
internal static unsafe class LstmStep
{
    /// <summary>i, f, o = σ(z); g = tanh z; c = f·c₋ + i·g; h = o·tanh c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<TLanes>(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        fixed (float* z = gates, before = previousCell, c = cell, t = cellTanh, h = output)
        {
            for (int row = 0; row < batch; row++)
            {
                nint at = (nint)row * hidden;
                int unit = 0;
                for (; unit <= hidden - ILanes<TLanes>.Count; unit += ILanes<TLanes>.Count, at += ILanes<TLanes>.Count)
                {
                    Forward<TLanes>(hidden, z + ((nint)row * 4 * hidden) + unit, before + at, c + at, t + at, h + at, ILanes<TLanes>.Count);
                }

                if (unit < hidden)
                {
                    Forward<TLanes>(hidden, z + ((nint)row * 4 * hidden) + unit, before + at, c + at, t + at, h + at, hidden - unit);
                }
            }
        }
    }

    /// <summary>∂L/∂z and ∂L/∂c₋ from ∂L/∂h and ∂L/∂c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<TLanes>(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        fixed (float* a = gates, before = previousCell, t = cellTanh, dh = outputGradient, dc = cellGradient, dz = gateGradient)
        {
            for (int row = 0; row < batch; row++)
            {
                nint at = (nint)row * hidden, gate = (nint)row * 4 * hidden;
                int unit = 0;
                for (; unit <= hidden - ILanes<TLanes>.Count; unit += ILanes<TLanes>.Count, at += ILanes<TLanes>.Count)
                {
                    Backward<TLanes>(hidden, a + gate + unit, before + at, t + at, dh + at, dc + at, dz + gate + unit, ILanes<TLanes>.Count);
                }

                if (unit < hidden)
                {
                    Backward<TLanes>(hidden, a + gate + unit, before + at, t + at, dh + at, dc + at, dz + gate + unit, hidden - unit);
                }
            }
        }
    }

    // Units unit … unit + count − 1 of one row; each pointer stands on the first of them, the four gates lie H apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward<TLanes>(nint hidden, float* z, float* before, float* c, float* t, float* h, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes i = SigmoidOperator.Invoke(TLanes.Load(z, count));
        TLanes f = SigmoidOperator.Invoke(TLanes.Load(z + hidden, count));
        TLanes g = TanhOperator.Invoke(TLanes.Load(z + (2 * hidden), count));
        TLanes o = SigmoidOperator.Invoke(TLanes.Load(z + (3 * hidden), count));
        i.Store(z, count);
        f.Store(z + hidden, count);
        g.Store(z + (2 * hidden), count);
        o.Store(z + (3 * hidden), count);
        TLanes cell = Tiny.Flush(TLanes.MultiplyAdd(f, TLanes.Load(before, count), i * g));
        TLanes squashed = TanhOperator.Invoke(cell);
        cell.Store(c, count);
        squashed.Store(t, count);
        (o * squashed).Store(h, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Backward<TLanes>(nint hidden, float* a, float* before, float* t, float* dh, float* dc, float* dz, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes one = TLanes.Create(1);
        TLanes i = TLanes.Load(a, count), f = TLanes.Load(a + hidden, count), g = TLanes.Load(a + (2 * hidden), count), o = TLanes.Load(a + (3 * hidden), count);
        TLanes squashed = TLanes.Load(t, count), output = TLanes.Load(dh, count);
        TLanes cell = TLanes.MultiplyAdd(output * o, one - (squashed * squashed), TLanes.Load(dc, count));
        Tiny.Flush(cell * g * (i * (one - i))).Store(dz, count);
        Tiny.Flush(cell * TLanes.Load(before, count) * (f * (one - f))).Store(dz + hidden, count);
        Tiny.Flush(cell * i * (one - (g * g))).Store(dz + (2 * hidden), count);
        Tiny.Flush(output * squashed * (o * (one - o))).Store(dz + (3 * hidden), count);
        Tiny.Flush(cell * f).Store(dc, count);
    }
}
