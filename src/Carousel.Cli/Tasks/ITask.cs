using Carousel.Cli.Output;

namespace Carousel.Cli.Tasks;

/// <summary>What <c>train</c> and <c>evaluate</c> need to know of one task. A new task is one class and its line in <see cref="TaskCatalog"/>.</summary>
internal interface ITask
{
    /// <summary>The word on the command line, in the recipe and in the model file.</summary>
    string Name { get; }

    /// <summary>The recipe of <c>train NAME</c>, as JSON.</summary>
    string DefaultRecipe { get; }

    /// <summary>Trains and shows what came of it. Recipe and data are checked before the folder is touched.</summary>
    /// <param name="order">What was asked for.</param>
    /// <param name="output">Where to show it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation);

    /// <summary>Measures a model and shows what came of it.</summary>
    /// <param name="order">What was asked for.</param>
    /// <param name="output">Where to show it.</param>
    /// <param name="cancellation">Ends it early.</param>
    void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation);
}
