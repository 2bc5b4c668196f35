namespace Carousel.Metrics;

/// <summary>Precision, recall and F1 of one class, or an average of them over classes; each 0 … 1.</summary>
/// <param name="Precision">tp / (tp + fp); 0 when nothing was predicted as the class.</param>
/// <param name="Recall">tp / (tp + fn); 0 when no example belongs to the class.</param>
/// <param name="F1">2·precision·recall / (precision + recall), the harmonic mean; 0 when both are 0.</param>
public readonly record struct ClassScores(double Precision, double Recall, double F1)
{
    internal static ClassScores From(long truePositives, long predicted, long actual)
    {
        double precision = Ratio(truePositives, predicted), recall = Ratio(truePositives, actual);
        return new ClassScores(precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
    }

    internal static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
