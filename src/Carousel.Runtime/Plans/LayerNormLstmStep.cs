using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>One layer of layer-normalised LSTM cells: the statistics run over all units, so the post-product follows the whole product.</summary>
internal sealed unsafe class LayerNormLstmStep : PlanStep
{
    private readonly LayerNormLstmConfig _config;
    private readonly ProductStep _input, _recurrent;
    private readonly (float[] Gamma, float[] Beta) _first, _second, _ofCell;
    private readonly float[] _bias;
    private readonly StateSlot _hidden, _cell;

    /// <summary>Packs the weights of one cell.</summary>
    public LayerNormLstmStep(LayerNormLstmConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _config = config;
        int gates = 4 * config.HiddenSize;
        _input = new ProductStep(kernels, weights.Format, gates, weights.Matrix(TensorNames.InputWeight), null);
        _recurrent = new ProductStep(kernels, weights.Format, gates, weights.Matrix(TensorNames.HiddenWeight), null);
        bool isPlain = config.Variant == LayerNormPlacement.PreActivation;
        _first = isPlain ? Norm("ln") : Norm("ln_x");
        _second = isPlain ? ([], []) : Norm("ln_h");
        _ofCell = isPlain ? ([], []) : Norm("ln_c");
        _bias = isPlain ? [] : weights[TensorNames.Bias];
        _hidden = layout.State($"{weights.Name}.hidden{weights.Suffix}", config.HiddenSize);
        _cell = layout.State($"{weights.Name}.cell{weights.Suffix}", config.HiddenSize);
        layout.Scratch(gates, gates, config.HiddenSize, Math.Max(_input.TileLength, _recurrent.TileLength));

        (float[] Gamma, float[] Beta) Norm(string name) => (weights[$"{name}_gamma"], weights[$"{name}_beta"]);
    }

    public override long WeightBytes => _input.WeightBytes + _recurrent.WeightBytes;

    public override int OutputWidth => _config.HiddenSize;

    public override bool HasState => true;

    public override Rows Run(Frame frame, Rows input)
    {
        int units = _config.HiddenSize;
        Rows hidden = frame.Of(_hidden), cell = frame.Of(_cell), fromInput = frame.Take(4 * units), fromHidden = frame.Take(4 * units);
        Span<float> squashed = frame.Take(units).Row(0, units);
        _input.Run(frame, input, fromInput);
        _recurrent.Run(frame, hidden, fromHidden);
        for (int row = 0; row < frame.Count; row++)
        {
            Span<float> z = fromInput.Row(row, 4 * units), u = fromHidden.Row(row, 4 * units), c = cell.Row(row, units), h = hidden.Row(row, units);
            if (_config.Variant == LayerNormPlacement.PreActivation)
            {
                RowArithmetic.Add(z, u, z);
                NormaliseGates(z, _first);
                Kernels.LstmForward(1, units, z, c, c, squashed, h);
            }
            else
            {
                NormaliseGates(z, _first);
                RowArithmetic.Add(z, _bias, z);
                NormaliseGates(u, _second);
                RowArithmetic.Add(z, u, z);
                Activate(z, u, c, h);
            }
        }

        Kernels.Steps.Flush(hidden.Start, hidden.Start, (int)hidden.Stride * frame.Count);
        return hidden;
    }

    // c = f·c₋ + i·g; h = o·tanh LN(c). The memory of u is free by now.
    private void Activate(Span<float> z, Span<float> u, Span<float> c, Span<float> h)
    {
        int units = c.Length;
        Kernels.Sigmoid(z[..(2 * units)], z[..(2 * units)]);
        Kernels.Tanh(z.Slice(2 * units, units), z.Slice(2 * units, units));
        Kernels.Sigmoid(z[(3 * units)..], z[(3 * units)..]);
        RowArithmetic.Multiply(z.Slice(units, units), c, c);
        RowArithmetic.Multiply(z[..units], z.Slice(2 * units, units), z[..units]);
        RowArithmetic.Add(c, z[..units], c);
        fixed (float* values = c)
        {
            Kernels.Steps.Flush(values, values, units);
        }

        RowArithmetic.Normalise(Kernels, c, _ofCell.Gamma, _ofCell.Beta, _config.Epsilon, u[..units]);
        Kernels.Tanh(u[..units], u[..units]);
        RowArithmetic.Multiply(z[(3 * units)..], u[..units], h);
    }

    private void NormaliseGates(Span<float> z, (float[] Gamma, float[] Beta) norm)
    {
        int group = _config.NormGroup == LayerNormGroup.Joint ? z.Length : _config.HiddenSize;
        for (int at = 0; at < z.Length; at += group)
        {
            RowArithmetic.Normalise(Kernels, z.Slice(at, group), norm.Gamma.AsSpan(at, group), norm.Beta.AsSpan(at, group), _config.Epsilon, z.Slice(at, group));
        }
    }
}
