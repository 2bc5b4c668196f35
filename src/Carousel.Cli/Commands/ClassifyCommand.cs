using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Predictors;
using Carousel.Tasks.Classification;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel classify</c>: the label of each text or sequence of a file, or of what arrives on standard input.</summary>
internal sealed class ClassifyCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model file." };
    private readonly Option<string> _input = new("--input")
    {
        Description = "Texts: a line each, or a table or .jsonl file with a column of text. Numbers: a .ts file or a table with the model's features. Recordings: a WAVE file or a folder of them. - for standard input.",
        HelpName = "path",
        DefaultValueFactory = _ => "-",
    };

    private readonly Option<int> _window = new("--window") { Description = "Numbers: a label for every window of that many rows, as they arrive.", HelpName = "rows" };
    private readonly Option<int> _hop = new("--hop") { Description = "Rows from one window to the next; divides the window. Default: the window.", HelpName = "rows" };

    /// <summary>Declares the command.</summary>
    public ClassifyCommand()
        : base(
            "classify",
            "Say which label fits each text or sequence.",
            "classify runs/sst2/model.safetensors --input reviews.txt",
            "classify runs/vowels/model.safetensors --input cases.ts --json",
            "classify runs/digits/model.safetensors --input recordings",
            "classify runs/motions/model.safetensors --input - --window 100 --hop 25")
    {
        Arguments.Add(_model);
        Options.Add(_input);
        Options.Add(_window);
        Options.Add(_hop);
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!, input = arguments.GetValue(_input)!;
        int window = arguments.GetValue(_window), hop = arguments.GetResult(_hop) is null ? window : arguments.GetValue(_hop);
        if (window < 0 || hop < (window == 0 ? 0 : 1) || hop > window || (window > 0 && window % hop != 0))
        {
            throw new UsageException($"--window {window} --hop {hop} does not fit, expected a window of one row or more and a hop that divides it");
        }

        ClassificationModel model = ClassificationModel.Load(path);
        using Classifier classifier = Classifier.Load(path);
        IEnumerable<(string Input, LabelProbabilities Found)> answers = new ClassifierInput(model, classifier, output.Input).Classify(input, window, hop);
        if (output.Json)
        {
            JsonArray items = [.. answers.Select(answer => (JsonNode)Document(answer.Input, answer.Found))];
            output.Result(new JsonObject { ["model"] = path, ["task"] = "classify", ["items"] = items }, static _ => { });
            return Task.CompletedTask;
        }

        // Line by line, because the next one may be long in coming.
        int width = classifier.Labels.Max(label => label.Length);
        output.Result([], console =>
        {
            foreach ((string item, LabelProbabilities found) in answers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found.Label.PadRight(width)}  {found.Confidence:F4}  {item}"));
            }
        });
        return Task.CompletedTask;
    }

    private static JsonObject Document(string input, LabelProbabilities found)
    {
        float[] probabilities = found.Probabilities.ToArray();
        return new JsonObject
        {
            ["input"] = input,
            ["label"] = found.Label,
            ["confidence"] = JsonNumber.Of(found.Confidence),
            ["probabilities"] = JsonNumber.Object(found.Labels.Select((label, at) => KeyValuePair.Create(label, (double)probabilities[at]))),
        };
    }
}
