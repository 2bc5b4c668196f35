using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Training;

/// <summary>
/// What the <see cref="Trainer"/> needs to know of a task: its parameters, the loss of some examples, and how good the network is on held-out data.
/// </summary>
public abstract class TrainingTask
{
    /// <summary>The task's name: <c>forecast</c>.</summary>
    public abstract string Name { get; }

    /// <summary>All trained parameters by unique name, always in the same order.</summary>
    public abstract IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Number of training examples. When <see cref="CarriesState"/>: number of consecutive chunks of the training sequence.</summary>
    public abstract int Examples { get; }

    /// <summary>
    /// True for truncated back-propagation through time (Williams &amp; Peng 1990): examples are consecutive chunks, taken in order, one per step, and each
    /// starts from the state the one before it ended in. False: examples are independent and shuffled.
    /// </summary>
    public virtual bool CarriesState => false;

    /// <summary>What <see cref="ItemsIn"/> counts, for people: <c>examples</c>, <c>tokens</c>.</summary>
    public virtual string Unit => "examples";

    /// <summary>How much there is to learn from in some examples: the measure of speed.</summary>
    /// <param name="examples">Their numbers.</param>
    public virtual int ItemsIn(ReadOnlySpan<int> examples) => examples.Length;

    /// <summary>Time steps of one example: what <see cref="TrainingConfig.BucketBatches"/> sorts by. 0 when all are equally long.</summary>
    /// <param name="example">Its number.</param>
    public virtual int LengthOf(int example) => 0;

    /// <summary>Called before the first example of every pass, and when a run goes on within one. Does nothing, unless the examples are to differ from pass to pass.</summary>
    /// <param name="random">The same for the same pass of the same run, another for every other.</param>
    public virtual void BeginEpoch(RandomSource random)
    {
    }

    /// <summary>The loss of some examples, to be minimised.</summary>
    /// <param name="tape">Where it is recorded; training mode.</param>
    /// <param name="examples">Their numbers, 0 … <see cref="Examples"/> − 1.</param>
    /// <param name="state">The state carried over from the chunk before; null at the start of an epoch or when no state is carried.</param>
    /// <returns>A single number, and the state to carry on.</returns>
    public abstract (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state);

    /// <summary>Puts other examples where the last <see cref="Loss"/> read its own, so that the tape can run what it holds again (<see cref="Tape.Replay"/>) without allocating.</summary>
    /// <param name="examples">Their numbers.</param>
    /// <param name="state">The state carried over, or null.</param>
    /// <returns>False when the task cannot do that, or these examples have other sizes; <see cref="Loss"/> must then be called.</returns>
    public virtual bool Refill(ReadOnlySpan<int> examples, LayerState? state) => false;

    /// <summary>Measures the network on the validation part.</summary>
    /// <param name="tape">For inference; reset by the task as it goes.</param>
    /// <param name="cancellation">Ends the measurement early by an exception.</param>
    public abstract Evaluation Validate(Tape tape, CancellationToken cancellation);

    /// <summary>Writes the network as it is now to a model file that deployment can load.</summary>
    /// <param name="path">The file; written atomically.</param>
    public abstract void SaveModel(string path);

    /// <summary>Rebuilds a carried state from the tensors <see cref="LayerState.Tensors"/> gave, when a run is resumed.</summary>
    /// <exception cref="InvalidOperationException">The task carries no state.</exception>
    public virtual LayerState RestoreState(IReadOnlyDictionary<string, Tensor> tensors) =>
        throw new InvalidOperationException($"task '{Name}' carries no state");
}
