namespace Carousel.Metrics;

/// <summary>Accuracy, and precision, recall and F1 per class and averaged (van Rijsbergen, 1979; the averages as scikit-learn names them).</summary>
/// <param name="Confusion">The counts all else is computed from.</param>
/// <param name="PerClass">Scores of each class [C].</param>
/// <param name="Accuracy">Correct examples / examples; 0 without examples.</param>
/// <param name="Macro">Unweighted mean over the classes.</param>
/// <param name="Micro">From the summed counts of all classes; with one label per example its three numbers equal the accuracy.</param>
/// <param name="Weighted">Mean over the classes weighted by how many examples each has.</param>
public sealed record ClassificationReport(
    ConfusionMatrix Confusion,
    IReadOnlyList<ClassScores> PerClass,
    double Accuracy,
    ClassScores Macro,
    ClassScores Micro,
    ClassScores Weighted)
{
    /// <summary>Scores predictions against true classes.</summary>
    /// <param name="truth">True classes [N], each in 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="predicted">Predicted classes [N], same range.</param>
    /// <param name="classes">Number of classes, 1 or more.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a label is out of range.</exception>
    public static ClassificationReport Of(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes) =>
        Of(ConfusionMatrix.Of(truth, predicted, classes));

    /// <summary>Scores counts that exist already, such as those summed over batches.</summary>
    /// <param name="confusion">The counts.</param>
    public static ClassificationReport Of(ConfusionMatrix confusion)
    {
        ArgumentNullException.ThrowIfNull(confusion);
        var scores = new ClassScores[confusion.Classes];
        ClassScores macro = default, weighted = default;
        for (int label = 0; label < scores.Length; label++)
        {
            long support = confusion.OfClass(label);
            scores[label] = ClassScores.From(confusion[label, label], confusion.PredictedAs(label), support);
            macro = Add(macro, scores[label], 1.0 / scores.Length);
            weighted = Add(weighted, scores[label], ClassScores.Ratio(support, confusion.Total));
        }

        return new ClassificationReport(
            confusion,
            scores,
            ClassScores.Ratio(confusion.Correct, confusion.Total),
            macro,
            ClassScores.From(confusion.Correct, confusion.Total, confusion.Total),
            weighted);
    }

    private static ClassScores Add(ClassScores sum, ClassScores scores, double weight) => new(
        sum.Precision + (weight * scores.Precision),
        sum.Recall + (weight * scores.Recall),
        sum.F1 + (weight * scores.F1));
}
