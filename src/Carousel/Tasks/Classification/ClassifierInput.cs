using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Predictors;
using Carousel.Tasks.Classification.Sources;

namespace Carousel.Tasks.Classification;

/// <summary>Reads what is to be classified, item after item, and classifies it with the predictor that deployment runs.</summary>
/// <param name="model">What the files are read by.</param>
/// <param name="classifier">The same model, compiled.</param>
/// <param name="standardInput">What <c>-</c> stands for.</param>
public sealed class ClassifierInput(ClassificationModel model, Classifier classifier, TextReader standardInput)
{
    private const string StandardInput = "standard input";

    /// <summary>Classifies, as far as the answers are asked for.</summary>
    /// <param name="input">A file, or <c>-</c> for standard input.</param>
    /// <param name="window">Rows of a window; 0 for whole sequences.</param>
    /// <param name="hop">Rows from one window to the next.</param>
    /// <returns>What was read, in a few words, and the answer.</returns>
    /// <exception cref="DataFileException">What is read does not fit the model.</exception>
    public IEnumerable<(string Input, LabelProbabilities Found)> Classify(string input, int window, int hop)
    {
        ArgumentNullException.ThrowIfNull(input);
        return classifier.Config.Audio is not null ? RecordingsOf(input, window) : classifier.Config.ReadsText ? Texts(input, window) : window > 0 ? Windows(input, window, hop) : Sequences(input);
    }

    private IEnumerable<(string Input, LabelProbabilities Found)> RecordingsOf(string input, int window)
    {
        if (window > 0 || input == "-")
        {
            throw new DataFileException(input, "this model reads recordings: give a WAVE file or a folder of them, without windows");
        }

        IReadOnlyList<(string Name, string File)> files = Directory.Exists(input) ? RecordingFolder.Find(input) : [(input, input)];
        return files.Select(recording => (recording.Name, classifier.Classify(WaveFile.Load(recording.File))));
    }

    private IEnumerable<(string Input, LabelProbabilities Found)> Texts(string input, int window)
    {
        if (window > 0)
        {
            throw new DataFileException(input, "windows are for models that read numbers; this one reads texts, a line each");
        }

        bool isTable = input != "-" && Path.GetExtension(input).ToLowerInvariant() is ".csv" or ".tsv" or ".jsonl";
        TextSource source = model.Recipe?.Source as TextSource ?? new TextSource();
        IEnumerable<string> texts = isTable ? LabelledText.Read(input, source, needsLabel: false).Select(example => example.Content) : input == "-" ? Lines() : TextFile.Read(input).Lines;
        return texts.Select(text => (text, classifier.Classify(text)));
    }

    private IEnumerable<string> Lines()
    {
        while (standardInput.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private IEnumerable<(string Input, LabelProbabilities Found)> Sequences(string input)
    {
        IReadOnlyList<Example<SensorSequence>> examples;
        if (input == "-")
        {
            using var table = new CsvTable(StandardInput, standardInput);
            examples = SensorTable.ReadUnlabelled(table, StandardInput, Source);
        }
        else
        {
            examples = SensorFiles.ReadUnlabelled(input, Source);
        }

        return examples.Select(example => (example.Line is { } line ? $"{example.File}, line {line}" : example.File, Answer(example)));
    }

    private LabelProbabilities Answer(Example<SensorSequence> example) => example.Content.Features.Count == classifier.Config.Features.Count
        ? classifier.Classify(example.Content.Values)
        : throw new DataFileException(example.File, $"the sequence has {example.Content.Features.Count} features, expected {classifier.Config.Features.Count}: {string.Join(", ", classifier.Config.Features)}", example.Line);

    private IEnumerable<(string Input, LabelProbabilities Found)> Windows(string input, int window, int hop)
    {
        string name = input == "-" ? StandardInput : Path.GetFileName(input);
        if (!classifier.IsStreaming)
        {
            throw new DataFileException(name, "windows need a model that runs forwards only; train one with --set model.network.bidirectional=false, and any pooling but attention");
        }

        using TextReader reader = input == "-" ? TextReader.Null : SensorTable.Open(input, name);
        using var table = new CsvTable(name, input == "-" ? standardInput : reader);
        ClassifierStream stream = classifier.OpenWindows(window, hop);
        var columns = new ColumnNames(name, table.Names);
        int[] chosen = [.. classifier.Config.Features.Select(columns.IndexOf)];
        double[] row = new double[chosen.Length];
        float[] probabilities = new float[classifier.Labels.Count];
        for (long taken = 1; table.Read(); taken++)
        {
            for (int at = 0; at < row.Length; at++)
            {
                row[at] = table.Number(chosen[at], MissingRule.Error);
            }

            if (stream.Step(row, probabilities))
            {
                yield return ($"rows {taken - window + 1} to {taken}", new LabelProbabilities(classifier.Labels, probabilities));
            }
        }
    }

    private SensorSource Source => (model.Recipe?.Source as SensorSource ?? new SensorSource()) with { Features = classifier.Config.Features };
}
