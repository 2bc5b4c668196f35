using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Cells;

/// <summary>
/// A cell written as its equations: <see cref="Begin"/> does what can be done for all time steps at once, W x above all, and returns the equations of one step.
/// </summary>
/// <typeparam name="TState">What it carries from step to step, each tensor [B, width].</typeparam>
public abstract class SteppedCell<TState> : Cell<TState>
    where TState : LayerState, IRecurrentState<TState>
{
    /// <inheritdoc/>
    public override (Tensor Output, TState State) Run(Tape tape, Tensor x, TState state, IReadOnlyList<int>? lengths, bool isReverse, Masks masks)
    {
        int steps = x.Shape[0];
        if (steps == 0)
        {
            return (tape.Empty([0, .. state.Hidden.Shape]), state);
        }

        int shortest = lengths?.Min() ?? steps;
        Func<int, TState, TState> step = Begin(tape, lengths is null ? x : tape.ClearPadding(x, lengths), masks);
        var outputs = new Tensor[steps];
        for (int count = 0; count < steps; count++)
        {
            int t = isReverse ? steps - 1 - count : count;
            TState next = step(t, state);
            state = t < shortest ? next : Advance(tape, state, next, t, lengths!);
            outputs[t] = state.Hidden;
        }

        Tensor output = tape.Stack(outputs);
        return (lengths is null ? output : tape.ClearPadding(output, lengths), state);
    }

    /// <summary>Prepares a sequence.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, I], zero in the padding.</param>
    /// <param name="masks">The masks that are given; others are drawn here while training.</param>
    /// <returns>(t, state before step t) ↦ state after it. The rows of the batch must not mix.</returns>
    protected abstract Func<int, TState, TState> Begin(Tape tape, Tensor x, Masks masks);

    private static TState Advance(Tape tape, TState state, TState next, int t, IReadOnlyList<int> lengths) =>
        TState.From([.. state.Tensors().Zip(next.Tensors(), (before, after) => tape.Advance(before.Tensor, after.Tensor, t, lengths))]);
}
