using Carousel.Runtime.Records;

namespace Carousel.Runtime.Inputs;

/// <summary>
/// Brings each feature to mean 0 and deviation 1, y = (x − mean) / deviation, and predictions back to the units of the file. Fitted on the
/// training part only and stored in the model file, so that production scales with the very numbers of training.
/// </summary>
/// <param name="Features">Names of the features [F], in the order of the columns.</param>
/// <param name="Means">Mean of each feature [F], in its own unit.</param>
/// <param name="Deviations">
/// Standard deviation of each feature [F], in its own unit, 0 or more. A feature of deviation 0 was constant in training: it scales to 0 and back to its mean.
/// </param>
public sealed record StandardScaler(IReadOnlyList<string> Features, IReadOnlyList<double> Means, IReadOnlyList<double> Deviations)
{
    /// <summary>Reads a scaler from the fields of a JSON object, which must all be there.</summary>
    internal static StandardScaler Read(RecordReader json) => new StandardScaler(null!, null!, null!).With(json);

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

            if (!(double.IsFinite(Deviations[i]) && Deviations[i] >= 0))
            {
                yield return $"scaler deviation of '{Features[i]}' is {Deviations[i]}, expected a finite number, 0 or more";
            }
        }
    }

    /// <summary>A value of one feature in its own unit → scaled; 0 for a feature of deviation 0.</summary>
    /// <param name="value">In the feature's own unit.</param>
    /// <param name="feature">Index of the feature.</param>
    public double Scale(double value, int feature) => Deviations[feature] == 0 ? 0 : (value - Means[feature]) / Deviations[feature];

    /// <summary>A scaled value of one feature → in its own unit.</summary>
    /// <param name="value">Scaled.</param>
    /// <param name="feature">Index of the feature.</param>
    public double Unscale(double value, int feature) => (value * Deviations[feature]) + Means[feature];

    /// <summary>Scales rows of features.</summary>
    /// <param name="values">Rows [N, F], row-major, each feature in its own unit.</param>
    /// <param name="scaled">Receives the scaled rows [N, F].</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of F.</exception>
    public void Scale(ReadOnlySpan<double> values, Span<float> scaled)
    {
        ThrowIfNotRows(values.Length, scaled.Length, Features.Count);
        for (int i = 0, feature = 0; i < values.Length; i++)
        {
            scaled[i] = (float)Scale(values[i], feature);
            feature = feature + 1 == Features.Count ? 0 : feature + 1;
        }
    }

    /// <inheritdoc cref="Scale(ReadOnlySpan{double}, Span{float})"/>
    public void Scale(ReadOnlySpan<float> values, Span<float> scaled)
    {
        ThrowIfNotRows(values.Length, scaled.Length, Features.Count);
        for (int i = 0, feature = 0; i < values.Length; i++)
        {
            scaled[i] = (float)Scale(values[i], feature);
            feature = feature + 1 == Features.Count ? 0 : feature + 1;
        }
    }

    /// <summary>Brings rows of the first K features (the targets) back to their own units.</summary>
    /// <param name="scaled">Scaled rows [N, K], row-major.</param>
    /// <param name="values">Receives the rows [N, K] in their own units.</param>
    /// <param name="targets">K, 1 … F.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of K, or K is out of range.</exception>
    public void Unscale(ReadOnlySpan<float> scaled, Span<double> values, int targets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targets, Features.Count);
        ThrowIfNotRows(scaled.Length, values.Length, targets);
        for (int i = 0, feature = 0; i < scaled.Length; i++)
        {
            values[i] = Unscale(scaled[i], feature);
            feature = feature + 1 == targets ? 0 : feature + 1;
        }
    }

    /// <summary>True when names and numbers are equal, element by element.</summary>
    public bool Equals(StandardScaler? other) => other is not null
        && Features.SequenceEqual(other.Features) && Means.SequenceEqual(other.Means) && Deviations.SequenceEqual(other.Deviations);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Features.Count, Means.Count > 0 ? Means[0] : 0);

    private StandardScaler With(RecordReader json) => this with { Features = json.Get(Features), Means = json.Get(Means), Deviations = json.Get(Deviations) };

    private static void ThrowIfNotRows(int from, int to, int features)
    {
        if (from != to || from % features != 0)
        {
            throw new ArgumentException($"{from} values into {to}, expected the same number of whole rows of {features}");
        }
    }
}
