using Carousel.Training;

namespace Carousel.Tasks;

/// <summary>What the recipes of all tasks say, each beside what is its own.</summary>
public interface IRecipe
{
    /// <summary>Name of the recipe, for people.</summary>
    string Name { get; }

    /// <summary>What the recipe shows or reproduces, from which publication.</summary>
    string Description { get; }

    /// <summary>How the network is trained.</summary>
    TrainingConfig Training { get; }

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    IReadOnlyDictionary<string, double> Expected { get; }
}
