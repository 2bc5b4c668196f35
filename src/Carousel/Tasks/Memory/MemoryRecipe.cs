using Carousel.Optimizers;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Memory;

/// <summary>Everything that determines a test of memory; there are no data beside it.</summary>
public sealed record MemoryRecipe : IRecipe
{
    private const int Longest = 1 << 20;

    /// <summary>The task this recipe is for.</summary>
    /// <value>memory</value>
    public string Task { get; init; } = "memory";

    /// <summary>Name of the recipe, for people.</summary>
    public string Name { get; init; } = "memory";

    /// <summary>What the recipe shows, from which publication.</summary>
    public string Description { get; init; } = "";

    /// <summary>Which problem is set.</summary>
    /// <value>adding</value>
    public MemoryProblemKind Problem { get; init; }

    /// <summary>Steps of the adding problem, 2 or more; blank steps of the copy task, 1 or more.</summary>
    /// <value>200</value>
    public int Length { get; init; } = 200;

    /// <summary>Symbols to keep in the copy task, 1 or more.</summary>
    /// <value>10</value>
    public int Symbols { get; init; } = 10;

    /// <summary>Sequences to learn from, 1 or more: each epoch has the same ones.</summary>
    /// <value>20000</value>
    public int Examples { get; init; } = 20_000;

    /// <summary>Sequences to choose by, and as many others to report, 1 or more.</summary>
    /// <value>1000</value>
    public int Held { get; init; } = 1000;

    /// <summary>The layers between input and answer, which a linear layer gives; an input size of 0 is filled in.</summary>
    /// <value>An LSTM of 64 units that starts with a forget gate wide open.</value>
    public LayerConfig Model { get; init; } = new LstmConfig(0, 64) { ForgetBias = 3 };

    /// <summary>How the network is trained.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    public IReadOnlyDictionary<string, double> Expected { get; init; } = new Dictionary<string, double>();

    /// <summary>Published figures to compare with, by source.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>The recipe of <c>carousel train memory</c>: the adding problem over 200 steps.</summary>
    public static MemoryRecipe Default { get; } = new()
    {
        Description = "The adding problem over 200 steps.",
        Training = new TrainingConfig { Epochs = 10, BatchSize = 50, Optimizer = new AdamConfig { LearningRate = 2e-3 } },
    };

    /// <summary>Every problem of the recipe, each as one sentence; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (Task != "memory")
        {
            yield return $"task is '{Task}', expected 'memory'";
        }

        if (!Enum.IsDefined(Problem))
        {
            yield return $"problem is {Problem}, expected adding or copy";
        }

        foreach ((string name, int value, int least) in new[] { ("length", Length, Problem == MemoryProblemKind.Adding ? 2 : 1), ("symbols", Symbols, 1), ("examples", Examples, 1), ("held", Held, 1) })
        {
            if (value < least || value > Longest)
            {
                yield return $"{name} is {value}, expected {least} … {Longest}";
            }
        }

        foreach (string problem in Training.Validate())
        {
            yield return $"training.{problem}";
        }
    }

    /// <summary>The whole network of the recipe: its layers and the linear one that answers.</summary>
    public NetworkConfig Network()
    {
        MemoryProblem problem = MemoryProblem.Of(this);
        LayerConfig body = Model.WithInput(problem.Inputs);
        return new NetworkConfig(new SequentialConfig(body, new LinearConfig(body.OutputFeatures, problem.Outputs)));
    }
}
