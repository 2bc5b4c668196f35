using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>A trained translation model and how good it is.</summary>
/// <param name="Recipe">As resolved for the tokenisers.</param>
/// <param name="Data">The sentence pairs.</param>
/// <param name="Summary">The training run, up to <see cref="MinimumRisk"/>.</param>
/// <param name="Model">With the best weights.</param>
/// <param name="PaddingShare">Share of the time steps of a training batch that are padding, 0 … 1.</param>
/// <param name="Valid">The validation part.</param>
/// <param name="Test">The test part.</param>
public sealed record TranslationResult(
    TranslationRecipe Recipe, TranslationData Data, RunSummary Summary, TranslationModel Model, double PaddingShare, TranslationScore Valid, TranslationScore Test)
{
    /// <summary>Training on by what the model's own translations cost; null when the recipe has none.</summary>
    public MinimumRiskResult? MinimumRisk { get; init; }

    /// <summary>Time spent in training, measuring on the validation part included.</summary>
    public double Seconds => Summary.Seconds + (MinimumRisk is { } risk ? risk.SearchSeconds + risk.Summary.Seconds : 0);

    /// <summary>Target tokens learned from per second of training, measuring between epochs included.</summary>
    public double TokensPerSecond => (double)Data.Train.TargetTokens * Summary.History[^1].Epoch / Summary.Seconds;
}
