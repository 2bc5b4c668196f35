using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Transcription;

/// <summary>A recording as feature frames, and what is said in it.</summary>
/// <param name="Name">What people call it: its path within the corpus.</param>
/// <param name="Speaker">Who speaks; empty when not known. Speakers are kept together when a part is held out.</param>
/// <param name="Frames">[N, F], N 1 or more.</param>
/// <param name="FrameFeatures">F, numbers of one frame.</param>
/// <param name="Text">What is said, words separated by single spaces; may be empty.</param>
public sealed record Utterance(string Name, string Speaker, float[] Frames, int FrameFeatures, string Text)
{
    /// <summary>The audio the frames were computed from; null when they came from elsewhere. Training on changed audio needs it.</summary>
    public AudioClip? Clip { get; init; }

    /// <summary>N, number of frames.</summary>
    public int FrameCount => Frames.Length / FrameFeatures;
}
