using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>
/// Labelled sequences of numbers, of any length, all with the same features: <c>.ts</c> files of the UCR/UEA archive; a folder with a folder of CSV files for each label, or with
/// an <c>index.csv</c> of files and labels; or one CSV table with a column that says which rows belong together.
/// </summary>
public sealed record SensorSource : SequenceSource<SensorSequence>
{
    /// <summary>Columns to read, in order; empty for all that are neither label, sequence nor date.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Column of the label, in a table or an index.</summary>
    /// <value>label</value>
    public string LabelColumn { get; init; } = "label";

    /// <summary>Column of a table that is the same for all rows of a sequence.</summary>
    /// <value>sequence</value>
    public string SequenceColumn { get; init; } = "sequence";

    /// <summary>What to do about a missing value: an empty field, NaN, ? and the like. A gap never reaches beyond its sequence.</summary>
    /// <value>error</value>
    public MissingRule Missing { get; init; } = MissingRule.Error;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => base.Validate().Concat(Enum.IsDefined(Missing) ? [] : [$"missing is {Missing}, expected error, interpolate, previous or drop"]);

    /// <inheritdoc/>
    protected override ExampleParts<SensorSequence> ReadParts(string path, ClassifierInputs? inputs) =>
        SensorFiles.ReadParts(path, inputs is null ? this : this with { Features = inputs.Features });

    /// <inheritdoc/>
    protected override ClassifierInputs Fit(IReadOnlyList<Example<SensorSequence>> training, IReadOnlyList<string> labels)
    {
        IReadOnlyList<string> features = training[0].Content.Features;
        var all = Series.Of("training part", [.. features.Select((name, at) => (name, Column(training, at, features.Count)))]);
        return new ClassifierInputs(labels, ScalerFit.Of(all, new RowRange(0, all.Rows)));
    }

    /// <inheritdoc/>
    protected override float[] Encode(Example<SensorSequence> example, ClassifierInputs inputs)
    {
        SensorSequence sequence = example.Content;
        if (!sequence.Features.SequenceEqual(inputs.Features))
        {
            throw new DataFileException(example.File, $"the sequence has {sequence.Features.Count} features ({string.Join(", ", sequence.Features)}), expected {inputs.Features.Count} as in the training part ({string.Join(", ", inputs.Features)})", example.Line);
        }

        float[] scaled = new float[sequence.Values.Length];
        inputs.Scaler!.Scale(sequence.Values, scaled);
        return scaled;
    }

    private static double[] Column(IReadOnlyList<Example<SensorSequence>> examples, int column, int width) =>
        [.. examples.Where(example => example.Content.Features.Count == width).SelectMany(example => Enumerable.Range(0, example.Content.Steps).Select(step => example.Content.Values[(step * width) + column]))];
}
