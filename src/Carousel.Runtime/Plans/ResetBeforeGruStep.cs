using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>One layer of GRU cells whose reset gate comes before the product: n = tanh(W_n x + b + U_n (r ⊙ h₋)), which needs r of all units first (Cho et al. 2014).</summary>
internal sealed unsafe class ResetBeforeGruStep : PlanStep
{
    private readonly ProductStep _input, _gates, _candidate;
    private readonly int _units;
    private readonly StateSlot _hidden;

    /// <summary>Packs the weights of one cell.</summary>
    public ResetBeforeGruStep(GruConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _units = config.HiddenSize;
        ReadOnlySpan<float> recurrent = weights.Matrix(TensorNames.HiddenWeight);
        _input = new ProductStep(kernels, weights.Format, 3 * _units, weights.Matrix(TensorNames.InputWeight), config.Bias ? weights[TensorNames.Bias] : null);
        _gates = new ProductStep(kernels, weights.Format, 2 * _units, recurrent[..(2 * _units * _units)], null);
        _candidate = new ProductStep(kernels, weights.Format, _units, recurrent[(2 * _units * _units)..], null);
        _hidden = layout.State($"{weights.Name}.hidden{weights.Suffix}", _units);
        layout.Scratch(3 * _units, 2 * _units, _units, _units, Math.Max(_input.TileLength, _gates.TileLength));
    }

    public override long WeightBytes => _input.WeightBytes + _gates.WeightBytes + _candidate.WeightBytes;

    public override int OutputWidth => _units;

    public override bool HasState => true;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows hidden = frame.Of(_hidden), fromInput = frame.Take(3 * _units), fromHidden = frame.Take(2 * _units);
        Rows reset = frame.Take(_units), candidate = frame.Take(_units);
        _input.Run(frame, input, fromInput);
        _gates.Run(frame, hidden, fromHidden);
        for (int row = 0; row < frame.Count; row++)
        {
            Span<float> gates = fromInput.Row(row, 2 * _units);
            RowArithmetic.Add(gates, fromHidden.Row(row, 2 * _units), gates);
            Kernels.Sigmoid(gates, gates);
            RowArithmetic.Multiply(gates[.._units], hidden.Row(row, _units), reset.Row(row, _units));
        }

        _candidate.Run(frame, reset, candidate);
        for (int row = 0; row < frame.Count; row++)
        {
            Span<float> a = fromInput.Row(row, 3 * _units), z = a.Slice(_units, _units), n = candidate.Row(row, _units), h = hidden.Row(row, _units);
            RowArithmetic.Add(a[(2 * _units)..], n, n);
            Kernels.Tanh(n, n);
            for (int unit = 0; unit < _units; unit++)
            {
                h[unit] = ((1 - z[unit]) * n[unit]) + (z[unit] * h[unit]);
            }
        }

        Kernels.Steps.Flush(hidden.Start, hidden.Start, (int)hidden.Stride * frame.Count);
        return hidden;
    }
}
