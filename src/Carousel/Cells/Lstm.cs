using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>The plain LSTM. Equations in <see cref="LstmSequence"/>, which runs a whole sequence as one operation. Parameters carry PyTorch's names.</summary>
/// <param name="config">Sizes and switches.</param>
/// <param name="random">Source of the starting weights.</param>
/// <param name="initialization">How they start; null for the usual way.</param>
/// <param name="weightDrop">Share of the recurrent weights that is zero for a whole sequence while training (Merity et al. 2018), 0 ≤ p &lt; 1.</param>
/// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
public sealed class Lstm(LstmConfig config, RandomSource random, Initialization? initialization = null, float weightDrop = 0)
    : RecurrentLayer<LstmConfig, LstmState>(config, random, initialization, weights => new LstmCell(weights, weightDrop));

internal sealed class LstmCell(CellWeights weights, float weightDrop) : Cell<LstmState>
{
    private readonly LstmWeights _weights = new(
        weights[TensorNames.InputWeight],
        weights[TensorNames.HiddenWeight],
        weights.Find(TensorNames.InputBias),
        weights.Find(TensorNames.HiddenBias),
        weights.Find(TensorNames.Projection));

    public override (Tensor Output, LstmState State) Run(Tape tape, Tensor x, LstmState state, IReadOnlyList<int>? lengths, bool isReverse, Masks masks)
    {
        (Tensor output, Tensor h, Tensor c) = tape.Lstm(x, _weights with { HiddenHidden = tape.DropWeights(_weights.HiddenHidden, weightDrop) }, state.Hidden, state.Cell, lengths, isReverse);
        return (output, new LstmState(h, c));
    }
}
