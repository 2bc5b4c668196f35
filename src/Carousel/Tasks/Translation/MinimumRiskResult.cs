using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>What came of training on by <see cref="MinimumRiskConfig"/>.</summary>
/// <param name="Summary">The training, without the search for candidates.</param>
/// <param name="SearchSeconds">Seconds of this sitting's search for candidates.</param>
/// <param name="BleuBefore">BLEU of the validation part before.</param>
public sealed record MinimumRiskResult(RunSummary Summary, double SearchSeconds, double BleuBefore)
{
    /// <summary>BLEU of the validation part with the best weights.</summary>
    public double BleuAfter => Summary.Best.Metrics["bleu"];

    /// <summary>True when the model is better for it. Otherwise the one before is the model of the run.</summary>
    public bool IsBetter => BleuAfter > BleuBefore;
}
