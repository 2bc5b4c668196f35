using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The gated recurrent unit (Cho et al. 2014), row blocks r z n:
/// <code>
/// r = σ(W_r x_t + U_r h_{t−1} + b_r)      z = σ(W_z x_t + U_z h_{t−1} + b_z)
/// reset after    n = tanh(W_n x_t + b_in + r ⊙ (U_n h_{t−1} + b_hn))       two biases, b_r = b_ir + b_hr: PyTorch's form
/// reset before   n = tanh(W_n x_t + b_n + U_n (r ⊙ h_{t−1}))               one bias: the paper's form
/// h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
/// </code>
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class Gru(GruConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<GruConfig, GruState>(config, random, initialization, weights => config.ResetAfter ? new ResetAfterGruCell(weights) : new ResetBeforeGruCell(weights));

internal sealed class ResetAfterGruCell(CellWeights weights) : SteppedCell<GruState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor? _bi = weights.Find(TensorNames.InputBias), _bh = weights.Find(TensorNames.HiddenBias);

    protected override Func<int, GruState, GruState> Begin(Tape tape, Tensor x, Masks masks)
    {
        Tensor wx = tape.Linear(x, _w, _bi);
        return (t, before) =>
        {
            (Tensor wr, Tensor wz, Tensor wn) = tape.SplitGruGates(wx.At(t));
            (Tensor ur, Tensor uz, Tensor un) = tape.SplitGruGates(tape.Linear(before.Hidden, _u, _bh));
            Tensor r = tape.Sigmoid(tape.Add(wr, ur)), z = tape.Sigmoid(tape.Add(wz, uz));
            Tensor n = tape.Tanh(tape.Add(wn, tape.Multiply(r, un)));
            return new GruState(tape.Add(tape.Multiply(tape.OneMinus(z), n), tape.Multiply(z, before.Hidden)));
        };
    }
}

internal sealed class ResetBeforeGruCell(CellWeights weights) : SteppedCell<GruState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor? _b = weights.Find(TensorNames.Bias);

    protected override Func<int, GruState, GruState> Begin(Tape tape, Tensor x, Masks masks)
    {
        int units = _u.Shape[1];
        Tensor wx = tape.Linear(x, _w, _b), gatesU = _u.Range(0, 2 * units), candidateU = _u.Range(2 * units, units);
        return (t, before) =>
        {
            (Tensor wr, Tensor wz, Tensor wn) = tape.SplitGruGates(wx.At(t));
            Tensor uh = tape.Linear(before.Hidden, gatesU);
            Tensor r = tape.Sigmoid(tape.Add(wr, tape.Columns(uh, 0, units))), z = tape.Sigmoid(tape.Add(wz, tape.Columns(uh, units, units)));
            Tensor n = tape.Tanh(tape.Add(wn, tape.Linear(tape.Multiply(r, before.Hidden), candidateU)));
            return new GruState(tape.Add(tape.Multiply(tape.OneMinus(z), n), tape.Multiply(z, before.Hidden)));
        };
    }
}
