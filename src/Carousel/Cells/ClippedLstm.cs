using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The LSTM with clamped values: the pre-activations (ONNX attribute <c>clip</c>), the cell (Sak et al. 2014), or both. Where a clamp acts no gradient flows:
/// <code>
/// z = clamp(W x_t + U h_{t−1} + b, ±gate_clip)
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)      g = tanh(z_g)
/// c_t = clamp(f ⊙ c_{t−1} + i ⊙ g, ±cell_clip)          h_t = o ⊙ tanh c_t
/// </code>
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class ClippedLstm(ClippedLstmConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<ClippedLstmConfig, LstmState>(config, random, initialization, weights => new ClippedLstmCell(config, weights));

internal sealed class ClippedLstmCell(ClippedLstmConfig config, CellWeights weights) : SteppedCell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor? _b = weights.Find(TensorNames.Bias);

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        Tensor wx = tape.Linear(x, _w, _b);
        return (t, before) =>
        {
            Tensor z = Clamp(tape, tape.Add(wx.At(t), tape.Linear(before.Hidden, _u)), config.GateClip);
            (Tensor zi, Tensor zf, Tensor zg, Tensor zo) = tape.SplitGates(z);
            Tensor i = tape.Sigmoid(zi), f = tape.Sigmoid(zf), g = tape.Tanh(zg), o = tape.Sigmoid(zo);
            Tensor c = Clamp(tape, tape.Add(tape.Multiply(f, before.Cell), tape.Multiply(i, g)), config.CellClip);
            return new LstmState(tape.Multiply(o, tape.Tanh(c)), c);
        };
    }

    private static Tensor Clamp(Tape tape, Tensor x, float? bound) => bound is float limit ? tape.Clamp(x, -limit, limit) : x;
}
