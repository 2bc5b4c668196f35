using Carousel.Metrics;
using Carousel.Training;

namespace Carousel.Tasks.Classification;

/// <summary>A trained classifier and how good it is.</summary>
/// <param name="Recipe">As resolved for the data.</param>
/// <param name="Data">The data.</param>
/// <param name="Summary">The training run.</param>
/// <param name="Model">With the best weights.</param>
/// <param name="Valid">The model on the validation part.</param>
/// <param name="Test">The model on the test part.</param>
public sealed record ClassificationResult(ClassificationRecipe Recipe, ClassificationData Data, RunSummary Summary, ClassificationModel Model, ScoredSequences Valid, ScoredSequences Test)
{
    /// <summary>What always giving the most frequent label of the training part reaches on a part.</summary>
    public static ClassificationReport MostFrequent(LabelledSequences train, LabelledSequences part, int labels)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(part);
        IReadOnlyList<int> counted = train.Count > 0 ? train.Labels : part.Labels;
        int most = counted.GroupBy(label => label).OrderByDescending(label => label.Count()).ThenBy(label => label.Key).First().Key;
        return ClassificationReport.Of([.. part.Labels], [.. part.Labels.Select(_ => most)], labels);
    }
}
