using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The plain LSTM, trained with one of the three recurrent dropouts; in evaluation it is the plain LSTM:
/// <code>
/// z = W x_t + U h_{t−1} + b      i, f, o = σ(z_i), σ(z_f), σ(z_o)      g = tanh(z_g)      c_t = f ⊙ c_{t−1} + i ⊙ g      h_t = o ⊙ tanh c_t
///
/// candidate     c_t = f ⊙ c_{t−1} + i ⊙ (m_g ⊙ g)                m_g [T, B, H], or [B, H] for all steps (Semeniuta et al. 2016)
/// variational   z = W (m_x ⊙ x_t) + U (m_h ⊙ h_{t−1}) + b        m_x [B, I], m_h [B, H] for all steps (Gal &amp; Ghahramani 2016)
/// weight_drop   z = W x_t + (m_u ⊙ U) h_{t−1} + b                m_u [4H, H] for the whole batch (Merity et al. 2018)
/// </code>
/// A mask holds 0 where dropped and 1/(1 − p) where kept; they are named <c>mask_g</c>, <c>mask_x</c>, <c>mask_h</c>, <c>mask_u</c>, and drawn anew for each call.
/// </summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class DropoutLstm(DropoutLstmConfig config, RandomSource random, Initialization? initialization = null)
    : RecurrentLayer<DropoutLstmConfig, LstmState>(config, random, initialization, weights => config.Kind switch
    {
        RecurrentDropout.Candidate => new CandidateDropoutLstmCell(config, weights),
        RecurrentDropout.Variational => new VariationalDropoutLstmCell(config, weights),
        _ => new WeightDropLstmCell(config, weights),
    });

internal sealed class WeightDropLstmCell(DropoutLstmConfig config, CellWeights weights) : Cell<LstmState>
{
    private readonly Tensor _w = weights[TensorNames.InputWeight], _u = weights[TensorNames.HiddenWeight];
    private readonly Tensor? _b = weights.Find(TensorNames.Bias);

    public override IReadOnlyList<string> MaskNames => ["mask_u"];

    public override (Tensor Output, LstmState State) Run(Tape tape, Tensor x, LstmState state, IReadOnlyList<int>? lengths, bool isReverse, Masks masks)
    {
        Tensor? mask = masks.Dropout(tape, "mask_u", config.Rate, _u.Shape);
        Tensor u = mask is null ? _u : tape.Multiply(_u, mask);
        (Tensor output, Tensor h, Tensor c) = tape.Lstm(x, new LstmWeights(_w, u, _b, null, null), state.Hidden, state.Cell, lengths, isReverse);
        return (output, new LstmState(h, c));
    }
}

/// <summary>A dropout inside the step: without a mask to apply, the whole sequence is one operation.</summary>
internal abstract class MaskedLstmCell(DropoutLstmConfig config, CellWeights weights) : SteppedCell<LstmState>
{
    protected Tensor W { get; } = weights[TensorNames.InputWeight];

    protected Tensor U { get; } = weights[TensorNames.HiddenWeight];

    protected Tensor? B { get; } = weights.Find(TensorNames.Bias);

    public override (Tensor Output, LstmState State) Run(Tape tape, Tensor x, LstmState state, IReadOnlyList<int>? lengths, bool isReverse, Masks masks)
    {
        if ((tape.IsTraining && config.Rate > 0) || MaskNames.Any(masks.Has))
        {
            return base.Run(tape, x, state, lengths, isReverse, masks);
        }

        (Tensor output, Tensor h, Tensor c) = tape.Lstm(x, new LstmWeights(W, U, B, null, null), state.Hidden, state.Cell, lengths, isReverse);
        return (output, new LstmState(h, c));
    }

    protected static Tensor Apply(Tape tape, Tensor x, Tensor? mask) => mask is null ? x : tape.Multiply(x, mask);
}

internal sealed class CandidateDropoutLstmCell(DropoutLstmConfig config, CellWeights weights) : MaskedLstmCell(config, weights)
{
    private readonly DropoutLstmConfig _config = config;

    public override IReadOnlyList<string> MaskNames => ["mask_g"];

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        int steps = x.Shape[0], batch = x.Shape[1], units = _config.HiddenSize;
        Tensor? mask = masks.Dropout(tape, "mask_g", _config.Rate, _config.PerStep ? [steps, batch, units] : [batch, units]);
        Tensor wx = tape.Linear(x, W, B);
        return (t, before) =>
        {
            (Tensor zi, Tensor zf, Tensor zg, Tensor zo) = tape.SplitGates(tape.Add(wx.At(t), tape.Linear(before.Hidden, U)));
            Tensor i = tape.Sigmoid(zi), f = tape.Sigmoid(zf), g = tape.Tanh(zg), o = tape.Sigmoid(zo);
            Tensor kept = Apply(tape, g, _config.PerStep ? mask?.At(t) : mask);
            Tensor c = tape.Add(tape.Multiply(f, before.Cell), tape.Multiply(i, kept));
            return new LstmState(tape.Multiply(o, tape.Tanh(c)), c);
        };
    }
}

internal sealed class VariationalDropoutLstmCell(DropoutLstmConfig config, CellWeights weights) : MaskedLstmCell(config, weights)
{
    private readonly DropoutLstmConfig _config = config;

    public override IReadOnlyList<string> MaskNames => ["mask_x", "mask_h"];

    protected override Func<int, LstmState, LstmState> Begin(Tape tape, Tensor x, Masks masks)
    {
        int batch = x.Shape[1];
        Tensor? maskX = masks.Dropout(tape, "mask_x", _config.Rate, batch, x.Shape[2]);
        Tensor? maskH = masks.Dropout(tape, "mask_h", _config.Rate, batch, _config.HiddenSize);
        Tensor wx = tape.Linear(Apply(tape, x, maskX), W, B);
        return (t, before) =>
        {
            Tensor z = tape.Add(wx.At(t), tape.Linear(Apply(tape, before.Hidden, maskH), U));
            (Tensor h, Tensor c) = tape.LstmGates(z, before.Cell);
            return new LstmState(h, c);
        };
    }
}
