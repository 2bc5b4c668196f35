namespace Carousel.Tasks.Classification.Sources;

/// <summary>Rows of numbers over time, as a file holds them.</summary>
/// <param name="Features">Names of the columns.</param>
/// <param name="Values">[T, features] row-major, in the units of the file.</param>
public sealed record SensorSequence(IReadOnlyList<string> Features, double[] Values)
{
    /// <summary>T</summary>
    public int Steps => Values.Length / Features.Count;
}
