using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Transcription;

/// <summary>
/// A corpus of feature files as CMU Sphinx lays it out: <c>etc/NAME_train.fileids</c> and <c>etc/NAME_test.fileids</c> list the recordings,
/// <c>etc/NAME_*.transcription</c> in the same order what is said (<c>WORDS (recording)</c>), and <c>feat/</c> has the frames. The folder of a recording is its speaker.
/// </summary>
internal static class SphinxCorpus
{
    private const string TrainingList = "_train.fileids";

    public static bool IsThere(string path) => ListIn(path) is not null;

    public static SpeechCorpus Read(string path, AudioFeaturesConfig features)
    {
        string list = ListIn(path)!;
        if (features.Kind != AudioFeatureKind.Precomputed)
        {
            throw new DataFileException(Path.GetFileName(list), "lists feature files, but the model's features are computed from audio; set model.features.kind=precomputed");
        }

        string prefix = list[..^TrainingList.Length];
        Utterance[] test = File.Exists($"{prefix}_test.fileids") ? Part(path, $"{prefix}_test", features.BaseFeatures) : [];
        return new SpeechCorpus(path, Part(path, $"{prefix}_train", features.BaseFeatures), [], test);
    }

    private static string? ListIn(string path)
    {
        string etc = Path.Combine(path, "etc");
        return Directory.Exists(etc) ? Directory.EnumerateFiles(etc, $"*{TrainingList}").Order(StringComparer.Ordinal).FirstOrDefault() : null;
    }

    private static Utterance[] Part(string root, string prefix, int width)
    {
        string transcription = $"{prefix}.transcription", name = Path.GetFileName(transcription);
        if (!File.Exists(transcription))
        {
            throw new DataFileException(name, $"no such file: {transcription}");
        }

        string[] ids = [.. File.ReadLines($"{prefix}.fileids").Where(static line => !string.IsNullOrWhiteSpace(line)).Select(static line => line.Trim())];
        string[] texts = [.. File.ReadLines(transcription).Where(static line => !string.IsNullOrWhiteSpace(line))];
        if (ids.Length != texts.Length)
        {
            throw new DataFileException(name, $"has {texts.Length} lines for {ids.Length} recordings, expected one for each");
        }

        var utterances = new Utterance[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            string id = ids[i], line = texts[i].TrimEnd();
            int open = line.LastIndexOf('(');
            if (open < 0 || line[(open + 1)..].TrimEnd(')') != Path.GetFileName(id))
            {
                throw new DataFileException(name, $"'{line}' does not end in '({Path.GetFileName(id)})', the recording in that line of the list", i + 1);
            }

            float[] frames = SphinxFeatureFile.Read(Path.Combine(root, "feat", $"{id}.mfc"), width);
            string text = SpeechCorpus.Tidy(line[..open].Replace("<s>", "", StringComparison.Ordinal).Replace("</s>", "", StringComparison.Ordinal));
            utterances[i] = frames.Length > 0 ? new Utterance(id, Path.GetFileName(Path.GetDirectoryName(id)) ?? "", frames, width, text) : throw new DataFileException($"{id}.mfc", "holds no frames");
        }

        return utterances;
    }
}
