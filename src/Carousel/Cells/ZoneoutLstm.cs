using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The LSTM whose units keep their previous value at random while training, and the expected mixture otherwise (zoneout: Krueger et al. 2017):
/// <code>
/// z = W x_t + U h_{t−1} + b
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)      g = tanh(z_g)      c~ = f ⊙ c_{t−1} + i ⊙ g
/// c_t = d_c ⊙ c_{t−1} + (1 − d_c) ⊙ c~          h_t = d_h ⊙ h_{t−1} + (1 − d_h) ⊙ o ⊙ tanh c~
/// </code>
/// Masks <c>mask_c</c> and <c>mask_h</c> [T, B, H] hold d_c and d_h: 1 keeps the previous value.
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class ZoneoutLstm(ZoneoutLstmConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<ZoneoutLstmConfig, LstmState>(config, random, initialization, weights => new ZoneoutLstmCell(config, weights));

internal sealed class ZoneoutLstmCell(ZoneoutLstmConfig config, CellWeights weights) : SteppedCell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor? _b = weights.Find(TensorNames.Bias);

    public override IReadOnlyList<string> MaskNames => ["mask_c", "mask_h"];

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        int[] shape = [x.Shape[0], x.Shape[1], config.HiddenSize];
        Tensor? keepC = masks.Find("mask_c", shape) ?? Draw(tape, config.CellRate, shape);
        Tensor? keepH = masks.Find("mask_h", shape) ?? Draw(tape, config.HiddenRate, shape);
        Tensor wx = tape.Linear(x, _w, _b);
        return (t, before) =>
        {
            Tensor z = tape.Add(wx.At(t), tape.Linear(before.Hidden, _u));
            (Tensor h, Tensor c) = tape.LstmGates(z, before.Cell);
            return new LstmState(
                Mix(tape, before.Hidden, h, keepH?.At(t), config.HiddenRate),
                Mix(tape, before.Cell, c, keepC?.At(t), config.CellRate));
        };
    }

    // d ⊙ before + (1 − d) ⊙ after
    private static Tensor Mix(Tape tape, Tensor before, Tensor after, Tensor? keep, float rate) => keep is null
        ? tape.Add(tape.Scale(before, rate), tape.Scale(after, 1 - rate))
        : tape.Add(tape.Multiply(before, keep), tape.Multiply(after, tape.OneMinus(keep)));

    private static Tensor? Draw(Tape tape, float rate, int[] shape)
    {
        if (!tape.IsTraining || rate == 0)
        {
            return null;
        }

        Tensor keep = tape.Empty(shape);
        foreach (ref float value in keep.Values)
        {
            value = tape.Random.NextSingle() < rate ? 1 : 0;
        }

        return keep;
    }
}
