using System.Globalization;
using System.Text.RegularExpressions;
using Carousel.Data;
using Carousel.Numerics;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Transcription;

/// <summary>
/// Connected speech from recordings of single words (a <see cref="RecordingFolder"/>): recordings of one speaker one after the other, with silence of random length before,
/// between and after them. The same recordings and the same seed give the same utterances, and no recording is heard in two parts.
/// </summary>
public sealed record JoinedRecordings
{
    /// <summary>What is said and by whom: the groups <c>label</c> and, if wanted, <c>speaker</c> of this pattern.</summary>
    public string LabelPattern { get; init; } = "(?<label>[0-9])_(?<speaker>[a-z]+)_[0-9]+$";

    /// <summary>Recordings of the validation part, by name.</summary>
    public string ValidPattern { get; init; } = "_[5-7]$";

    /// <summary>Recordings of the test part, by name.</summary>
    public string TestPattern { get; init; } = "_[0-4]$";

    /// <summary>The word for each label; one that is not listed is its own word.</summary>
    public IReadOnlyDictionary<string, string> Words { get; init; } = new Dictionary<string, string>();

    /// <summary>Utterances of the training part, 1 … 100,000.</summary>
    /// <value>2000</value>
    public int TrainCount { get; init; } = 2000;

    /// <summary>Utterances of the validation part, 1 … 100,000.</summary>
    /// <value>150</value>
    public int ValidCount { get; init; } = 150;

    /// <summary>Utterances of the test part, 1 … 100,000.</summary>
    /// <value>300</value>
    public int TestCount { get; init; } = 300;

    /// <summary>Most words of an utterance, which has 1 to this, each number as often; 1 … 100.</summary>
    /// <value>7</value>
    public int MostWords { get; init; } = 7;

    /// <summary>Shortest silence in milliseconds …</summary>
    /// <value>30</value>
    public double ShortestGapMs { get; init; } = 30;

    /// <summary>… and longest, 0 … 60,000.</summary>
    /// <value>500</value>
    public double LongestGapMs { get; init; } = 500;

    /// <summary>From which all choices follow.</summary>
    /// <value>1</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        string?[] patterns = [RecordingFolder.Problem("label_pattern", LabelPattern, "label"), RecordingFolder.Problem("valid_pattern", ValidPattern), RecordingFolder.Problem("test_pattern", TestPattern)];
        foreach (string problem in patterns.OfType<string>())
        {
            yield return problem;
        }

        foreach ((string name, int value, int most) in new[] { ("train_count", TrainCount, 100_000), ("valid_count", ValidCount, 100_000), ("test_count", TestCount, 100_000), ("most_words", MostWords, 100) })
        {
            if (value < 1 || value > most)
            {
                yield return $"{name} is {value}, expected 1 … {most}";
            }
        }

        if (!(ShortestGapMs >= 0 && ShortestGapMs <= LongestGapMs && LongestGapMs <= 60_000))
        {
            yield return $"shortest_gap_ms is {ShortestGapMs} and longest_gap_ms {LongestGapMs}, expected 0 … 60000, the shortest first";
        }
    }

    /// <summary>Joins the recordings of a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">How frames are computed.</param>
    /// <exception cref="DataFileException">There are no recordings, a part has none, or one has no label.</exception>
    /// <exception cref="AudioFileException">A recording cannot be read.</exception>
    public SpeechCorpus Read(string path, AudioFeaturesConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Kind == AudioFeatureKind.Precomputed)
        {
            throw new DataFileException(path, "recordings are joined, but the model reads features computed elsewhere; set model.features.kind=log_mel or mfcc");
        }

        Regex label = RecordingFolder.Compile(LabelPattern)!, valid = RecordingFolder.Compile(ValidPattern)!, test = RecordingFolder.Compile(TestPattern)!;
        ILookup<string, Word> parts = RecordingFolder.Find(path).ToLookup(
            recording => test.IsMatch(recording.Name) ? "test" : valid.IsMatch(recording.Name) ? "valid" : "train",
            recording => WordOf(recording.Name, recording.File, label, config.SampleRate));
        var features = new AudioFeatures(config);
        var random = new RandomSource(Seed);
        return new SpeechCorpus(path, Part("train", TrainCount), Part("valid", ValidCount), Part("test", TestCount));

        Utterance[] Part(string name, int count)
        {
            Word[][] speakers = [.. parts[name].GroupBy(word => word.Speaker).Select(group => group.ToArray())];
            RandomSource own = random.Fork();
            return speakers.Length > 0
                ? [.. Enumerable.Range(0, count).Select(at => Join($"{name}-{at.ToString("D4", CultureInfo.InvariantCulture)}", speakers[own.NextInt(speakers.Length)], features, own))]
                : throw new DataFileException(path, $"no recording is in the {name} part; see label_pattern, valid_pattern and test_pattern");
        }
    }

    private Word WordOf(string name, string file, Regex pattern, int sampleRate)
    {
        Match match = pattern.Match(name);
        string label = match.Success ? match.Groups["label"].Value : throw new DataFileException(Path.GetFileName(file), $"there is no label in the name '{name}': joined.label_pattern is '{pattern}'");
        return new Word(Words.GetValueOrDefault(label, label), match.Groups["speaker"].Value, WaveFile.Load(file).AtRate(sampleRate).Samples);
    }

    private Utterance Join(string name, Word[] words, AudioFeatures features, RandomSource random)
    {
        int rate = features.Config.SampleRate;
        Word[] chosen = [.. Enumerable.Range(0, 1 + random.NextInt(MostWords)).Select(_ => words[random.NextInt(words.Length)])];
        float[] samples = [.. Gap(), .. chosen.SelectMany(word => (float[])[.. word.Samples.Span, .. Gap()])];
        var clip = new AudioClip(samples, rate);
        float[] frames = features.FramesOf(clip);
        return frames.Length > 0
            ? new Utterance(name, chosen[0].Speaker, frames, features.Config.BaseFeatures, string.Join(' ', chosen.Select(word => word.Text))) { Clip = clip }
            : throw new DataFileException(name, "the joined recordings are shorter than a frame; make the gaps longer");

        float[] Gap() => new float[(int)(rate * (ShortestGapMs + ((LongestGapMs - ShortestGapMs) * random.NextDouble())) / 1000)];
    }

    private sealed record Word(string Text, string Speaker, ReadOnlyMemory<float> Samples);
}
