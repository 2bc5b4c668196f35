using System.Text.RegularExpressions;
using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Labelled recordings: the WAVE files of a <see cref="RecordingFolder"/>, which says what patterns are.</summary>
public sealed record AudioSource : SequenceSource<AudioClip>
{
    /// <summary>How audio becomes time steps.</summary>
    public AudioFeaturesConfig Features { get; init; } = new();

    /// <summary>What the label is: the group <c>label</c> of this pattern; null for the name of the folder that holds the recording.</summary>
    /// <value>null</value>
    public string? LabelPattern { get; init; }

    /// <summary>Recordings that are used, by name; null for all.</summary>
    /// <value>null</value>
    public string? Pattern { get; init; }

    /// <summary>Recordings of the validation part, by name; null to hold out a share of the training part.</summary>
    /// <value>null</value>
    public string? ValidPattern { get; init; }

    /// <summary>Recordings of the test part, by name; null to hold out a share of the training part.</summary>
    /// <value>null</value>
    public string? TestPattern { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate().Concat(Features.Validate().Select(problem => $"features.{problem}")))
        {
            yield return problem;
        }

        if (TrainFiles.Count + ValidFiles.Count + TestFiles.Count > 0)
        {
            yield return "files of parts are named, but recordings are found by valid_pattern and test_pattern";
        }

        string?[] problems =
        [
            RecordingFolder.Problem("label_pattern", LabelPattern, "label"), RecordingFolder.Problem("pattern", Pattern), RecordingFolder.Problem("valid_pattern", ValidPattern),
            RecordingFolder.Problem("test_pattern", TestPattern),
        ];
        foreach (string problem in problems.OfType<string>())
        {
            yield return problem;
        }
    }

    /// <inheritdoc/>
    protected override ExampleParts<AudioClip> ReadParts(string path, ClassifierInputs? inputs)
    {
        string folder = PartFiles.FolderName(path);
        Regex? used = RecordingFolder.Compile(Pattern), valid = RecordingFolder.Compile(ValidPattern), test = RecordingFolder.Compile(TestPattern), label = RecordingFolder.Compile(LabelPattern);
        var parts = new Dictionary<string, List<Example<AudioClip>>> { ["train"] = [], ["valid"] = [], ["test"] = [] };
        foreach ((string name, string file) in RecordingFolder.Find(path).Where(recording => used?.IsMatch(recording.Name) != false))
        {
            parts[test?.IsMatch(name) == true ? "test" : valid?.IsMatch(name) == true ? "valid" : "train"].Add(new(Load(file), LabelOf(name, label, folder), Path.GetFileName(file)));
        }

        return parts.Values.Any(part => part.Count > 0)
            ? new ExampleParts<AudioClip>(path, parts["train"], parts["valid"], parts["test"])
            : throw new DataFileException(folder, $"holds no WAVE file (.wav) whose name matches '{Pattern}'");
    }

    /// <inheritdoc/>
    protected override ClassifierInputs Fit(IReadOnlyList<Example<AudioClip>> training, IReadOnlyList<string> labels)
    {
        var frames = new AudioFeatures(Features with { Stack = 1 });
        return new ClassifierInputs(labels, ScalerFit.Of(Features.FeatureNames, training.Select(example => frames.Of(example.Content))), Audio: Features);
    }

    /// <inheritdoc/>
    protected override float[] Encode(Example<AudioClip> example, ClassifierInputs inputs)
    {
        float[] steps = new AudioFeatures(inputs.Audio!, inputs.Scaler).Of(example.Content);
        return steps.Length > 0
            ? steps
            : throw new DataFileException(example.File, $"the recording is {example.Content.Seconds:F3} s long, expected at least one frame of {inputs.Audio!.WindowMs / 1000:F3} s");
    }

    /// <inheritdoc/>
    protected override Recordings Keep(IReadOnlyList<Example<AudioClip>> training, ClassifierInputs inputs) =>
        new([.. training.Select(example => example.Content)], new AudioFeatures(inputs.Audio!, inputs.Scaler));

    private AudioClip Load(string file)
    {
        AudioClip clip = WaveFile.Load(file);
        return clip.Samples.Length > 0 ? clip.AtRate(Features.SampleRate) : throw new DataFileException(Path.GetFileName(file), "the recording is empty, expected some audio");
    }

    private static string LabelOf(string name, Regex? pattern, string folder)
    {
        string[] folders = name.Split('/');
        if (pattern is null)
        {
            return folders.Length > 1 ? folders[^2] : throw new DataFileException(folder, $"there is no telling the label of '{name}': put recordings into a folder for each label, or set source.label_pattern");
        }

        Match match = pattern.Match(name);
        return match.Success ? match.Groups["label"].Value : throw new DataFileException(folder, $"there is no label in '{name}': source.label_pattern is '{pattern}'");
    }
}
