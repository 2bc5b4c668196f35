using Carousel.Data;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Predictors;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Texts with labels: separated values with a header (<c>.csv</c>, <c>.tsv</c>, <c>.txt</c>), or one JSON object per line (<c>.jsonl</c>).</summary>
public sealed record TextSource : SequenceSource<string>
{
    /// <summary>Names of a column of text that are recognised.</summary>
    internal static readonly string[] TextNames = ["text", "sentence", "review", "content", "message", "title"];

    /// <summary>Column (or JSON key) with the text; null for one of the usual names, or the only one beside the label.</summary>
    /// <value>null</value>
    public string? TextColumn { get; init; }

    /// <summary>Column (or JSON key) with the label.</summary>
    /// <value>label</value>
    public string LabelColumn { get; init; } = "label";

    /// <summary>What one token is.</summary>
    /// <value>word</value>
    public TextUnit Unit { get; init; } = TextUnit.Word;

    /// <summary>Times a token must occur in the training part to enter the vocabulary; the others are read as &lt;unk&gt;. 1 or more.</summary>
    /// <value>1</value>
    public int MinimumCount { get; init; } = 1;

    /// <summary>Tokens of a vocabulary of subwords, the 256 bytes among them.</summary>
    /// <value>6000</value>
    public int Subwords { get; init; } = 6000;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => base.Validate().Concat(Tokens.Validate());

    private TextConfig Tokens => new() { Unit = Unit, MinimumCount = MinimumCount, Subwords = Subwords };

    /// <inheritdoc/>
    protected override ExampleParts<string> ReadParts(string path, ClassifierInputs? inputs)
    {
        PartFiles files = PartFiles.Find(path, this, ".csv", ".tsv", ".txt", ".jsonl");
        return new ExampleParts<string>(path, Read(files.Train), Read(files.Valid), Read(files.Test));

        Example<string>[] Read(IReadOnlyList<string> part) => [.. part.SelectMany(file => LabelledText.Read(file, this))];
    }

    /// <inheritdoc/>
    protected override ClassifierInputs Fit(IReadOnlyList<Example<string>> training, IReadOnlyList<string> labels) =>
        new(labels, Tokenizer: TokenizerFit.Of(Tokens, [Tokenizer.Padding, Tokenizer.Unknown, Tokenizer.End], new TextFile("training part", [.. training.Select(example => example.Content)])));

    /// <inheritdoc/>
    protected override float[] Encode(Example<string> example, ClassifierInputs inputs) => Classifier.Encode(example.Content, inputs.Tokenizer!);
}
