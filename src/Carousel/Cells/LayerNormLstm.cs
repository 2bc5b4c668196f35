using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The LSTM with layer normalisation, LN(v) = (v − μ) / √(variance + ε) ⊙ γ + β, in both published forms (Ba et al. 2016):
/// <code>
/// pre_activation   z = LN(W x_t + U h_{t−1})                     h_t = o ⊙ tanh c_t
/// ba2016           z = LN_h(U h_{t−1}) + LN_x(W x_t) + b         h_t = o ⊙ tanh LN_c(c_t)
///
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)      g = tanh(z_g)      c_t = f ⊙ c_{t−1} + i ⊙ g, carried un-normalised
/// </code>
/// μ and variance are taken over the H values of each gate or over all 4H.
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class LayerNormLstm(LayerNormLstmConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<LayerNormLstmConfig, LstmState>(config, random, initialization, weights => config.Variant == LayerNormPlacement.Ba2016
        ? new Ba2016LstmCell(config, weights)
        : new PreActivationNormLstmCell(config, weights));

internal sealed class PreActivationNormLstmCell(LayerNormLstmConfig config, CellWeights weights) : SteppedCell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly GateNorm _norm = new(config, weights, "ln");

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        Tensor wx = tape.Linear(x, _w);
        return (t, before) =>
        {
            Tensor z = _norm.Apply(tape, tape.Add(wx.At(t), tape.Linear(before.Hidden, _u)));
            (Tensor h, Tensor c) = tape.LstmGates(z, before.Cell);
            return new LstmState(h, c);
        };
    }
}

internal sealed class Ba2016LstmCell(LayerNormLstmConfig config, CellWeights weights) : SteppedCell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight], _b = weights[TensorNames.Bias];
    private readonly Tensor _cGamma = weights["ln_c_gamma"], _cBeta = weights["ln_c_beta"];
    private readonly GateNorm _normX = new(config, weights, "ln_x"), _normH = new(config, weights, "ln_h");

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        Tensor wx = tape.Add(_normX.Apply(tape, tape.Linear(x, _w)), _b);
        return (t, before) =>
        {
            Tensor uh = _normH.Apply(tape, tape.Linear(before.Hidden, _u));
            (Tensor zi, Tensor zf, Tensor zg, Tensor zo) = tape.SplitGates(tape.Add(wx.At(t), uh));
            Tensor i = tape.Sigmoid(zi), f = tape.Sigmoid(zf), g = tape.Tanh(zg), o = tape.Sigmoid(zo);
            Tensor c = tape.Add(tape.Multiply(f, before.Cell), tape.Multiply(i, g));
            return new LstmState(tape.Multiply(o, tape.Tanh(tape.LayerNorm(c, _cGamma, _cBeta, config.Epsilon))), c);
        };
    }
}

/// <summary>The normalisation of a tensor [.., 4H], with statistics per gate or over all gates.</summary>
internal sealed class GateNorm(LayerNormLstmConfig config, CellWeights weights, string name)
{
    private readonly Tensor _gamma = weights[$"{name}_gamma"], _beta = weights[$"{name}_beta"];

    public Tensor Apply(Tape tape, Tensor v)
    {
        if (config.NormGroup == LayerNormGroup.Joint)
        {
            return tape.LayerNorm(v, _gamma, _beta, config.Epsilon);
        }

        Tensor perGate = v.Reshape([.. v.Shape[..^1], 4, config.HiddenSize]);
        return tape.Add(tape.Multiply(tape.LayerNorm(perGate, null, null, config.Epsilon).Reshape(v.Shape), _gamma), _beta);
    }
}
