namespace Carousel.Runtime.Inputs;

/// <summary>Brings each feature to mean 0 and deviation 1: y = (x − mean) / deviation. Fitted on the training part only and stored in the model file.</summary>
/// <param name="Features">Names of the features, in the order of the columns.</param>
/// <param name="Means">Mean of each feature, in its own unit.</param>
/// <param name="Deviations">Standard deviation of each feature, in its own unit; above 0 (1 for a constant feature).</param>
public sealed record StandardScaler(IReadOnlyList<string> Features, IReadOnlyList<double> Means, IReadOnlyList<double> Deviations)
{
    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Means.Count != Features.Count || Deviations.Count != Features.Count)
        {
            yield return $"scaler has {Means.Count} means and {Deviations.Count} deviations, expected {Features.Count} of each, one per feature";
            yield break;
        }

        for (int i = 0; i < Features.Count; i++)
        {
            if (!double.IsFinite(Means[i]))
            {
                yield return $"scaler mean of '{Features[i]}' is {Means[i]}, expected a finite number";
            }

            if (!(double.IsFinite(Deviations[i]) && Deviations[i] > 0))
            {
                yield return $"scaler deviation of '{Features[i]}' is {Deviations[i]}, expected a finite number above 0";
            }
        }
    }

    /// <summary>A value of one feature in its own unit → scaled.</summary>
    /// <param name="value">In the feature's own unit.</param>
    /// <param name="feature">Index of the feature.</param>
    public double Scale(double value, int feature) => (value - Means[feature]) / Deviations[feature];

    /// <summary>A scaled value of one feature → in its own unit.</summary>
    /// <param name="value">Scaled.</param>
    /// <param name="feature">Index of the feature.</param>
    public double Unscale(double value, int feature) => (value * Deviations[feature]) + Means[feature];

    /// <summary>True when names and numbers are equal, element by element.</summary>
    public bool Equals(StandardScaler? other) => other is not null
        && Features.SequenceEqual(other.Features) && Means.SequenceEqual(other.Means) && Deviations.SequenceEqual(other.Deviations);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Features.Count, Means.Count > 0 ? Means[0] : 0);
}
