using System.Text.Json.Serialization;
using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Where labelled sequences come from: the <c>source</c> part of a recipe. A new kind is a record derived from <see cref="SequenceSource{TContent}"/> and its line here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(TextSource), "text")]
[JsonDerivedType(typeof(SensorSource), "sensor")]
[JsonDerivedType(typeof(AudioSource), "audio")]
public abstract record SequenceSource
{
    /// <summary>Names of the files of the training part below the folder given as data; empty to go by names that hold <c>train</c>.</summary>
    public IReadOnlyList<string> TrainFiles { get; init; } = [];

    /// <summary>Names of the files of the validation part; empty to go by names that hold <c>valid</c> or <c>dev</c>.</summary>
    public IReadOnlyList<string> ValidFiles { get; init; } = [];

    /// <summary>Names of the files of the test part; empty to go by names that hold <c>test</c>.</summary>
    public IReadOnlyList<string> TestFiles { get; init; } = [];

    /// <summary>Share of the training part to choose by, of each label, where no file is given for that; 0 &lt; share &lt; 1.</summary>
    /// <value>0.1</value>
    public double ValidShare { get; init; } = 0.1;

    /// <summary>Share of the training part to report, of each label, where no file is given for that; 0 &lt; share &lt; 1.</summary>
    /// <value>0.1</value>
    public double TestShare { get; init; } = 0.1;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public virtual IEnumerable<string> Validate()
    {
        if (!(ValidShare > 0 && TestShare > 0 && ValidShare + TestShare < 1))
        {
            yield return $"valid_share is {ValidShare} and test_share is {TestShare}, expected both above 0 and their sum below 1, so that a training part is left";
        }
    }

    /// <summary>Reads a data set.</summary>
    /// <param name="path">A file, or a folder.</param>
    /// <param name="inputs">What a trained classifier reads; null to learn it from the training part.</param>
    /// <exception cref="DataFileException">A file is missing or damaged, or does not fit the others.</exception>
    public abstract ClassificationData Read(string path, ClassifierInputs? inputs = null);
}

/// <summary>A source of one kind of content.</summary>
/// <typeparam name="TContent">What is classified: a text, rows of numbers.</typeparam>
public abstract record SequenceSource<TContent> : SequenceSource
{
    /// <inheritdoc/>
    public sealed override ClassificationData Read(string path, ClassifierInputs? inputs = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ExampleParts<TContent> parts = ReadParts(path, inputs);
        parts = inputs is null || parts.Valid.Count + parts.Test.Count == 0 ? parts.HeldOut(ValidShare, TestShare) : parts;
        inputs ??= Fit(parts.Train, parts.Labels());
        return new ClassificationData(parts.Name, inputs, Encode(parts.Train, inputs), Encode(parts.Valid, inputs), Encode(parts.Test, inputs), Keep(parts.Train, inputs));
    }

    /// <summary>Reads the examples as they are.</summary>
    /// <param name="path">A file, or a folder.</param>
    /// <param name="inputs">What a trained classifier reads, or null.</param>
    protected abstract ExampleParts<TContent> ReadParts(string path, ClassifierInputs? inputs);

    /// <summary>Learns from the training part what production needs to read the same kind of content.</summary>
    protected abstract ClassifierInputs Fit(IReadOnlyList<Example<TContent>> training, IReadOnlyList<string> labels);

    /// <summary>One example as the network reads it.</summary>
    /// <returns>[T, features] row-major, T 1 or more.</returns>
    protected abstract float[] Encode(Example<TContent> example, ClassifierInputs inputs);

    /// <summary>What training needs of the training part besides its encoded form.</summary>
    protected virtual Recordings? Keep(IReadOnlyList<Example<TContent>> training, ClassifierInputs inputs) => null;

    private LabelledSequences Encode(IReadOnlyList<Example<TContent>> examples, ClassifierInputs inputs)
    {
        int[] labels = new int[examples.Count];
        var places = inputs.Labels.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        for (int at = 0; at < labels.Length; at++)
        {
            Example<TContent> example = examples[at];
            labels[at] = places.TryGetValue(example.Label, out int place)
                ? place
                : throw new DataFileException(example.File, $"the label '{example.Label}' does not occur in the training part, which has {string.Join(", ", inputs.Labels)}", example.Line);
        }

        return new LabelledSequences([.. examples.Select(example => Encode(example, inputs))], labels, inputs.Width);
    }
}
