using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Training;

namespace Carousel.Tasks.Memory;

/// <summary>Trains a <see cref="MemoryNetwork"/>. Models are chosen by their loss on the validation sequences.</summary>
/// <param name="recipe">What and how.</param>
public sealed class MemoryTask(MemoryRecipe recipe) : TrainingTask
{
    /// <summary>The network in training.</summary>
    public MemoryNetwork Network { get; } = new(recipe);

    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => Network.Parameters;

    /// <inheritdoc/>
    public override int Examples => Network.Recipe.Examples;

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state) => (Network.Loss(tape, examples), null);

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, double> metrics = Network.Score("valid", tape, cancellation);
        return new Evaluation(metrics.TryGetValue("nll", out double nll) ? nll : metrics["mse"], Network.Recipe.Held, metrics);
    }

    /// <inheritdoc/>
    public override void SaveModel(string path) => Network.Save(path);
}
