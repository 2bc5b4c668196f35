namespace Carousel.Tasks.Transcription;

/// <summary>Which utterances of a corpus are kept from training, where the corpus itself does not say: whole speakers where speakers are known, so that what is measured is speech of strangers.</summary>
public sealed record HoldOutConfig
{
    /// <summary>Share of the speakers (of the utterances, where no speakers are known) to choose the model by; 0 &lt; share &lt; 1.</summary>
    /// <value>0.1</value>
    public double ValidShare { get; init; } = 0.1;

    /// <summary>Share to report on; 0 &lt; share &lt; 1.</summary>
    /// <value>0.1</value>
    public double TestShare { get; init; } = 0.1;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(ValidShare > 0 && TestShare > 0 && ValidShare + TestShare < 1))
        {
            yield return $"valid_share is {ValidShare} and test_share is {TestShare}, expected both above 0 and their sum below 1, so that something is left to train on";
        }
    }

    /// <summary>Takes a share of the utterances out, spread evenly over the speakers (or over the utterances, where there are fewer than three speakers). The same utterances always give the same parts.</summary>
    /// <param name="utterances">All.</param>
    /// <param name="share">Share to take out; at least one speaker or utterance is.</param>
    public static (IReadOnlyList<Utterance> Kept, IReadOnlyList<Utterance> HeldOut) Split(IReadOnlyList<Utterance> utterances, double share)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        string[] speakers = [.. utterances.Select(utterance => utterance.Speaker).Distinct().Order(StringComparer.Ordinal)];
        bool bySpeaker = speakers.Length >= 3;
        string[] units = bySpeaker ? speakers : [.. utterances.Select(utterance => utterance.Name)];
        int count = Math.Clamp((int)Math.Round(units.Length * share), 1, Math.Max(1, units.Length - 1));
        var chosen = new HashSet<string>(Enumerable.Range(0, count).Select(i => units[(int)(((2L * i) + 1) * units.Length / (2L * count))]), StringComparer.Ordinal);
        ILookup<bool, Utterance> parts = utterances.ToLookup(utterance => chosen.Contains(bySpeaker ? utterance.Speaker : utterance.Name));
        return ([.. parts[false]], [.. parts[true]]);
    }
}
