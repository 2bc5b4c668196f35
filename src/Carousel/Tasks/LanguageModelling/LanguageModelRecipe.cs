using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Optimizers;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Schedules;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>Everything that determines a language model but the text itself: what <c>recipes/*.json</c> hold and a run folder keeps as resolved.</summary>
public sealed record LanguageModelRecipe : IRecipe
{
    /// <summary>The task this recipe is for.</summary>
    /// <value>lm</value>
    public string Task { get; init; } = "lm";

    /// <summary>Name of the recipe, for people.</summary>
    public string Name { get; init; } = "lm";

    /// <summary>What the recipe reproduces, on which data, from which publication.</summary>
    public string Description { get; init; } = "";

    /// <summary>How the text becomes tokens and parts.</summary>
    public TextConfig Text { get; init; } = new();

    /// <summary>What the language model is. A vocabulary size of 0 is worked out from the text, a network input of 0 from the embedding.</summary>
    public LanguageModelConfig Model { get; init; } = new() { VocabularySize = 0 };

    /// <summary>What regularises the training beside the model's own dropout.</summary>
    public AwdConfig Awd { get; init; } = new();

    /// <summary>T, time steps through which gradients flow before they are cut off; 1 or more. The state is carried on beyond.</summary>
    /// <value>35</value>
    public int Steps { get; init; } = 35;

    /// <summary>Parallel streams the validation text is cut into for measuring between epochs: 1 is exact, more are faster. The test text is always one stream.</summary>
    /// <value>10</value>
    public int ValidationStreams { get; init; } = 10;

    /// <summary>Every weight starts uniform in ± this number, above 0; null for the usual start (orthogonal recurrent weights, the others Glorot). Biases start as ever.</summary>
    /// <value>null</value>
    public float? StartRange { get; init; }

    /// <summary>How the network is trained. The batch size is the number of parallel streams; the loss is the mean over all tokens of a chunk, in nats.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    public IReadOnlyDictionary<string, double> Expected { get; init; } = new Dictionary<string, double>();

    /// <summary>Published figures to compare with, by source.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>The recipe of <c>carousel train lm</c>: words, two layers of 200 units, dropout, AdamW on a cosine schedule.</summary>
    public static LanguageModelRecipe Default { get; } = new()
    {
        Description = "The default language model: words, two LSTM layers, chosen by its perplexity on the validation part.",
        Model = new LanguageModelConfig { VocabularySize = 0, Dropout = 0.2f, Network = new LstmConfig(0, 200) { Layers = 2, Dropout = 0.2f } },
        Training = new TrainingConfig { Epochs = 10, BatchSize = 20, Optimizer = new AdamWConfig { LearningRate = 2e-3 }, Schedule = new CosineConfig(), ClipNorm = 0.25f },
    };

    /// <summary>Every problem that shows without the text, each as one sentence; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (Task != "lm")
        {
            yield return $"task is '{Task}', expected 'lm'";
        }

        if (Steps is < 1 or > 1 << 20)
        {
            yield return $"steps is {Steps}, expected 1 … {1 << 20}";
        }

        if (ValidationStreams < 1)
        {
            yield return $"validation_streams is {ValidationStreams}, expected 1 or more";
        }

        if (StartRange is { } range && !(range > 0 && float.IsFinite(range)))
        {
            yield return $"start_range is {range}, expected a number above 0, or null";
        }

        foreach (string problem in Text.Validate().Select(problem => $"text.{problem}").Concat(Awd.Validate().Select(problem => $"awd.{problem}"))
            .Concat(Training.Validate().Select(problem => $"training.{problem}")))
        {
            yield return problem;
        }
    }

    /// <summary>How the weights start; null for the usual way.</summary>
    [JsonIgnore]
    public Initialization? Start => StartRange is { } range
        ? new Initialization
        {
            Input = (matrix, random) => Initialization.Uniform(matrix, random, range),
            Recurrent = (matrix, random) => Initialization.Uniform(matrix, random, range),
            Embedding = (table, random) => Initialization.Uniform(table, random, range),
        }
        : null;

    /// <summary>Fills in what only the text can tell: the size of the vocabulary; and the network's input width.</summary>
    /// <param name="tokenizer">Made from the training part.</param>
    public LanguageModelRecipe ResolvedFor(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        LstmConfig network = Model.Network.InputSize == 0 ? Model.Network with { InputSize = Model.EmbeddingSize } : Model.Network;
        return this with { Model = Model with { VocabularySize = Model.VocabularySize == 0 ? tokenizer.Count : Model.VocabularySize, Network = network } };
    }
}
