using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>A trained transcriber and how good it is.</summary>
/// <param name="Recipe">As resolved for the data.</param>
/// <param name="Data">The utterances.</param>
/// <param name="Summary">The training run.</param>
/// <param name="Model">With the best weights.</param>
/// <param name="Valid">On the validation part.</param>
/// <param name="Test">On the test part.</param>
public sealed record TranscriptionResult(
    TranscriptionRecipe Recipe, TranscriptionData Data, RunSummary Summary, TranscriptionModel Model, TranscriptionScores Valid, TranscriptionScores Test);
