using Carousel.Data;
using Carousel.Optimizers;
using Carousel.Runtime.Models;
using Carousel.Tasks.Classification.Sources;
using Carousel.Training;

namespace Carousel.Tasks.Classification;

/// <summary>Everything that determines a classifier but the data: what <c>recipes/*.json</c> hold and a run folder keeps as resolved.</summary>
public sealed record ClassificationRecipe : IRecipe
{
    /// <summary>The task this recipe is for.</summary>
    /// <value>classify</value>
    public string Task { get; init; } = "classify";

    /// <summary>Name of the recipe, for people.</summary>
    public string Name { get; init; } = "classify";

    /// <summary>What the recipe reproduces, on which data, from which publication.</summary>
    public string Description { get; init; } = "";

    /// <summary>How the data are read; null to recognise what they are.</summary>
    /// <value>null</value>
    public SequenceSource? Source { get; init; }

    /// <summary>What to do about missing values in sequences of numbers; null for what <see cref="Source"/> says.</summary>
    /// <value>null</value>
    public MissingRule? Missing { get; init; }

    /// <summary>What the classifier is. Labels, features and vocabulary come from the data; a network input of 0 is worked out.</summary>
    public ClassifierConfig Model { get; init; } = new();

    /// <summary>How much an example of each label counts in training.</summary>
    /// <value>none</value>
    public ClassWeighting ClassWeights { get; init; }

    /// <summary>ε, share of the target that is spread evenly over all labels, 0 ≤ ε &lt; 1 (Szegedy et al. 2016).</summary>
    /// <value>0</value>
    public float LabelSmoothing { get; init; }

    /// <summary>Share of the tokens of a text that are read as &lt;unk&gt; while training, so that unknown words are nothing new, 0 ≤ p &lt; 1 (Iyyer et al. 2015).</summary>
    /// <value>0</value>
    public float WordDropout { get; init; }

    /// <summary>Share of the vocabulary whose embeddings are 0 in each batch while training, 0 ≤ p &lt; 1 (Gal &amp; Ghahramani 2016).</summary>
    /// <value>0</value>
    public float EmbeddingDropout { get; init; }

    /// <summary>Deviation of the normal noise added to scaled numbers while training, 0 or more (Bishop 1995).</summary>
    /// <value>0</value>
    public float Noise { get; init; }

    /// <summary>How recordings are changed while training; null not at all.</summary>
    /// <value>null</value>
    public AudioAugmentation? Augmentation { get; init; }

    /// <summary>Stretches of time and runs of features of numbers or audio that are masked while training; null for none.</summary>
    /// <value>null</value>
    public SpecAugment? Masks { get; init; }

    /// <summary>How the network is trained; models are chosen by the cross-entropy of the validation part.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    public IReadOnlyDictionary<string, double> Expected { get; init; } = new Dictionary<string, double>();

    /// <summary>Published figures to compare with, by source.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>The recipe of <c>carousel train classify</c>: one bidirectional LSTM layer, max pooling, dropout, averaged weights, early stopping.</summary>
    public static ClassificationRecipe Default { get; } = new()
    {
        Description = "The default classifier: one LSTM layer in both directions, the largest value of each feature over time, chosen by its cross-entropy on the validation part.",
        Model = new ClassifierConfig { Dropout = 0.3f },
        Training = new TrainingConfig { Epochs = 40, BatchSize = 32, BucketBatches = 20, Optimizer = new AdamWConfig { LearningRate = 2e-3 }, Averaging = new AveragingConfig { Decay = 0.99 }, Patience = 8 },
    };

    /// <summary>Every problem that shows without the data, each as one sentence; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (Task != "classify")
        {
            yield return $"task is '{Task}', expected 'classify'";
        }

        foreach ((string name, float rate) in new[] { ("label_smoothing", LabelSmoothing), ("word_dropout", WordDropout), ("embedding_dropout", EmbeddingDropout) })
        {
            if (!(rate >= 0 && rate < 1))
            {
                yield return $"{name} is {rate}, expected 0 ≤ share < 1";
            }
        }

        if (!(Noise >= 0 && float.IsFinite(Noise)))
        {
            yield return $"noise is {Noise}, expected 0 or more";
        }

        if (!Enum.IsDefined(ClassWeights))
        {
            yield return $"class_weights is {ClassWeights}, expected none or balanced";
        }

        foreach (string problem in (Augmentation?.Validate() ?? []).Select(problem => $"augmentation.{problem}").Concat((Masks?.Validate() ?? []).Select(problem => $"masks.{problem}")))
        {
            yield return problem;
        }

        foreach (string problem in (Source?.Validate() ?? []).Select(problem => $"source.{problem}").Concat(Training.Validate().Select(problem => $"training.{problem}")))
        {
            yield return problem;
        }
    }

    /// <summary>Fills in how the data are read where the recipe leaves that open.</summary>
    /// <param name="path">File or folder with the data.</param>
    /// <exception cref="DataFileException">There is no such file or folder.</exception>
    public ClassificationRecipe ReadingFrom(string path)
    {
        SequenceSource source = Source ?? SourceFinder.Find(path);
        return this with { Missing = null, Source = source is SensorSource sensor && Missing is { } rule ? sensor with { Missing = rule } : source };
    }
}
