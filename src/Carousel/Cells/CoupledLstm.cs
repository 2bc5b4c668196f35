using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The LSTM that forgets exactly as much as it takes in (CIFG: Greff et al. 2017; ONNX <c>input_forget = 1</c>):
/// <code>
/// z = W x_t + U h_{t−1} + b
/// i, o = σ(z_i), σ(z_o)      f = 1 − i      g = tanh(z_g)
/// c_t = f ⊙ c_{t−1} + i ⊙ g          h_t = o ⊙ tanh c_t
/// </code>
/// The f rows of W, U and b are there and unused; their gradient is 0.
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class CoupledLstm(CoupledLstmConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<CoupledLstmConfig, LstmState>(config, random, initialization, weights => new CoupledLstmCell(weights));

internal sealed class CoupledLstmCell(CellWeights weights) : SteppedCell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor? _b = weights.Find(TensorNames.Bias);

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        Tensor wx = tape.Linear(x, _w, _b);
        return (t, before) =>
        {
            (Tensor zi, _, Tensor zg, Tensor zo) = tape.SplitGates(tape.Add(wx.At(t), tape.Linear(before.Hidden, _u)));
            Tensor i = tape.Sigmoid(zi), f = tape.OneMinus(i), g = tape.Tanh(zg), o = tape.Sigmoid(zo);
            Tensor c = tape.Add(tape.Multiply(f, before.Cell), tape.Multiply(i, g));
            return new LstmState(tape.Multiply(o, tape.Tanh(c)), c);
        };
    }
}
