namespace Carousel.Tasks.Transcription;

/// <summary>How good a transcriber is on one part of the data, decoded in both ways.</summary>
/// <param name="Greedy">The most probable label of each time step.</param>
/// <param name="Search">The search with the language model of the model file, or without one where it holds none.</param>
public sealed record TranscriptionScores(TranscriptionScore Greedy, TranscriptionScore Search)
{
    /// <summary>Metrics by name: those of the search, then those of greedy decoding, led by <c>greedy_</c>.</summary>
    public IReadOnlyDictionary<string, double> Metrics => Search.Metrics.Concat(Greedy.Metrics.Select(metric => KeyValuePair.Create($"greedy_{metric.Key}", metric.Value))).ToDictionary();
}
