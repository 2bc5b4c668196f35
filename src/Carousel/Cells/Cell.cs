using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Cells;

/// <summary>One layer of a stack in one direction: the equations of a recurrent network and the weights in them.</summary>
/// <typeparam name="TState">What it carries from step to step, each tensor [B, width].</typeparam>
public abstract class Cell<TState>
    where TState : LayerState, IRecurrentState<TState>
{
    /// <summary>Names of the dropout masks this cell knows, without the suffix for layer and direction.</summary>
    public virtual IReadOnlyList<string> MaskNames => [];

    /// <summary>Runs the cell over a sequence.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, I]</param>
    /// <param name="state">State before the first step in running order.</param>
    /// <param name="lengths">Valid steps of each sequence; null when all have T. What lies beyond is not read.</param>
    /// <param name="isReverse">True to run from each sequence's last valid step to its first.</param>
    /// <param name="masks">The masks that are given; others are drawn while training.</param>
    /// <returns>h [T, B, P], zero beyond each length, and the state after each sequence's own last step in running order.</returns>
    public abstract (Tensor Output, TState State) Run(Tape tape, Tensor x, TState state, IReadOnlyList<int>? lengths, bool isReverse, Masks masks);
}
