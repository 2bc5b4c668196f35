namespace Carousel.Metrics;

/// <summary>The edits that turn a reference into a hypothesis.</summary>
/// <param name="Substitutions">Items replaced by another.</param>
/// <param name="Deletions">Items of the reference that the hypothesis lacks.</param>
/// <param name="Insertions">Items of the hypothesis that the reference lacks.</param>
public readonly record struct EditCounts(int Substitutions, int Deletions, int Insertions)
{
    /// <summary>All edits.</summary>
    public int Errors => Substitutions + Deletions + Insertions;
}
