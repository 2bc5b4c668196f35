using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Classification;

/// <summary>What a classifier knows of its inputs and outputs besides its network: learned from the training part and stored in the model file.</summary>
/// <param name="Labels">The labels, in the order of the outputs.</param>
/// <param name="Scaler">For numbers and audio: names and scale of the features.</param>
/// <param name="Tokenizer">For text: what cuts it into tokens.</param>
/// <param name="Audio">For audio: how it becomes time steps.</param>
public sealed record ClassifierInputs(IReadOnlyList<string> Labels, StandardScaler? Scaler = null, Tokenizer? Tokenizer = null, AudioFeaturesConfig? Audio = null)
{
    /// <summary>Names of the features; empty for text.</summary>
    public IReadOnlyList<string> Features => Scaler?.Features ?? [];

    /// <summary>Numbers per time step: the features, those of the joined frames, or one id.</summary>
    public int Width => Audio?.StepFeatures ?? Scaler?.Features.Count ?? 1;

    /// <summary>A classifier's config for these inputs; an input width of the network that was left at 0 is filled in.</summary>
    public ClassifierConfig Complete(ClassifierConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config = config with { Labels = Labels, Features = Features, Audio = Audio, VocabularySize = Tokenizer?.Count ?? 0 };
        return config with { Network = config.Network.WithInput(config.StepFeatures) };
    }
}
