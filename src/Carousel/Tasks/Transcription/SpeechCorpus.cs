using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Transcription;

/// <summary>Recordings and what is said in them, in the parts the files give.</summary>
/// <param name="Name">File or folder, for people.</param>
/// <param name="Train">To train on, and to hold out from.</param>
/// <param name="Valid">To choose by; empty when the files do not say.</param>
/// <param name="Test">To report on; empty when the files do not say.</param>
public sealed record SpeechCorpus(string Name, IReadOnlyList<Utterance> Train, IReadOnlyList<Utterance> Valid, IReadOnlyList<Utterance> Test)
{
    /// <summary>
    /// Reads a corpus: a list of recordings with their texts (<see cref="SpeechManifest"/>), a folder with such a list in <c>metadata.csv</c>, as LJ Speech has it, or a
    /// folder with feature files in the layout of CMU Sphinx (<see cref="SphinxCorpus"/>).
    /// </summary>
    /// <param name="path">File or folder.</param>
    /// <param name="features">How frames are computed from audio, or that they are computed already.</param>
    /// <exception cref="DataFileException">A file is missing, damaged or of another kind than the features say.</exception>
    /// <exception cref="AudioFileException">A recording cannot be read.</exception>
    public static SpeechCorpus Read(string path, AudioFeaturesConfig features)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(features);
        if (File.Exists(path))
        {
            return SpeechManifest.Read(path, features);
        }

        string metadata = Path.Combine(path, "metadata.csv");
        return File.Exists(metadata) ? SpeechManifest.Read(metadata, features)
            : SphinxCorpus.IsThere(path) ? SphinxCorpus.Read(path, features)
            : throw new DataFileException(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), Directory.Exists(path)
                ? "holds neither metadata.csv nor etc/*_train.fileids; expected a list of recordings (.tsv, .jsonl, metadata.csv) or a folder with one"
                : $"no such file or folder: {path}");
    }

    /// <summary>The three parts; those that the files do not give are held out from the training part.</summary>
    /// <param name="config">How much is held out.</param>
    /// <exception cref="DataFileException">There are too few utterances to hold any out.</exception>
    public (IReadOnlyList<Utterance> Train, IReadOnlyList<Utterance> Valid, IReadOnlyList<Utterance> Test) Parts(HoldOutConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        IReadOnlyList<Utterance> train = Train, valid = Valid, test = Test;
        if (test.Count == 0)
        {
            (train, test) = HoldOutConfig.Split(train, config.TestShare);
        }

        if (valid.Count == 0)
        {
            (train, valid) = HoldOutConfig.Split(train, config.ValidShare);
        }

        return train.Count > 0 && valid.Count > 0 && test.Count > 0 ? (train, valid, test)
            : throw new DataFileException(Name, $"has {Train.Count} utterances to train on, expected enough for a training, a validation and a test part: 3 or more");
    }

    /// <summary>A recording and its frames.</summary>
    /// <param name="path">A WAVE file.</param>
    /// <param name="features">How frames are computed.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="speaker">Who speaks; empty when not known.</param>
    /// <param name="text">What is said.</param>
    /// <exception cref="AudioFileException">It cannot be read.</exception>
    /// <exception cref="DataFileException">It is shorter than a frame.</exception>
    public static Utterance UtteranceOf(string path, AudioFeatures features, string name, string speaker, string text)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(text);
        AudioClip clip = WaveFile.Load(path).AtRate(features.Config.SampleRate);
        float[] frames = features.FramesOf(clip);
        return frames.Length > 0
            ? new Utterance(name, speaker, frames, features.Config.BaseFeatures, Tidy(text)) { Clip = clip }
            : throw new DataFileException(Path.GetFileName(path), $"is shorter than one frame of {features.Config.WindowMs} ms");
    }

    /// <summary>Words separated by single spaces.</summary>
    internal static string Tidy(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
