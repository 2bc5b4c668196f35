using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The LSTM whose gates see the cell through diagonal weights (Gers &amp; Schmidhuber 2000; Graves 2013), with projection if asked for (Sak et al. 2014):
/// <code>
/// z = W x_t + U h_{t−1} + b
/// i = σ(z_i + w_ci ⊙ c_{t−1})      f = σ(z_f + w_cf ⊙ c_{t−1})      g = tanh(z_g)
/// c_t = f ⊙ c_{t−1} + i ⊙ g        o = σ(z_o + w_co ⊙ c_t)
/// h_t = o ⊙ tanh c_t,  or W_hr (o ⊙ tanh c_t)
/// </code>
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class PeepholeLstm(PeepholeLstmConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<PeepholeLstmConfig, LstmState>(config, random, initialization, weights => new PeepholeLstmCell(weights));

internal sealed class PeepholeLstmCell(CellWeights weights) : SteppedCell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor _ci = weights["weight_ci"], _cf = weights["weight_cf"], _co = weights["weight_co"];
    private readonly Tensor? _b = weights.Find(TensorNames.Bias), _projection = weights.Find(TensorNames.Projection);

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        Tensor wx = tape.Linear(x, _w, _b);
        return (t, before) =>
        {
            (Tensor zi, Tensor zf, Tensor zg, Tensor zo) = tape.SplitGates(tape.Add(wx.At(t), tape.Linear(before.Hidden, _u)));
            Tensor i = tape.Sigmoid(tape.Add(zi, tape.Multiply(before.Cell, _ci)));
            Tensor f = tape.Sigmoid(tape.Add(zf, tape.Multiply(before.Cell, _cf)));
            Tensor g = tape.Tanh(zg);
            Tensor c = tape.Add(tape.Multiply(f, before.Cell), tape.Multiply(i, g));
            Tensor o = tape.Sigmoid(tape.Add(zo, tape.Multiply(c, _co)));
            Tensor h = tape.Multiply(o, tape.Tanh(c));
            return new LstmState(_projection is null ? h : tape.Linear(h, _projection), c);
        };
    }
}
