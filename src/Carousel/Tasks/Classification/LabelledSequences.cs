namespace Carousel.Tasks.Classification;

/// <summary>Sequences as the network reads them, each with the place of its label.</summary>
/// <param name="Values">[T, width] row-major for each sequence, T 1 or more.</param>
/// <param name="Labels">The label of each sequence.</param>
/// <param name="Width">Numbers per time step.</param>
public sealed record LabelledSequences(IReadOnlyList<float[]> Values, IReadOnlyList<int> Labels, int Width)
{
    /// <summary>Number of sequences.</summary>
    public int Count => Values.Count;

    /// <summary>T of one sequence.</summary>
    public int StepsOf(int sequence) => Values[sequence].Length / Width;
}
