using System.Text.Json.Serialization;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// What a transcriber is: audio, or feature frames computed elsewhere, in; for each time step the probability of every label and of the blank out (connectionist temporal
/// classification, Graves et al. 2006). Its file holds the labels as a <see cref="Tokenizer"/> of characters or words.
/// </summary>
/// <remarks>
/// Frames → <see cref="Features"/> [T, F] → scaler → network [T′, H] → linear [T′, V + 1]. Class 0 is the blank, class i + 1 is token i of the tokeniser.
/// </remarks>
public sealed record TranscriberConfig : ModelConfig
{
    /// <summary>The class that stands for no label.</summary>
    public const int Blank = 0;

    /// <summary>How audio becomes the time steps of the network.</summary>
    public AudioFeaturesConfig Features { get; init; } = new();

    /// <summary>V, labels without the blank: the tokens of the tokeniser; 1 or more.</summary>
    /// <value>1</value>
    public int Labels { get; init; } = 1;

    /// <summary>
    /// The layers between features and head: recurrent layers in one or both directions, with a convolution before them to see fewer, wider steps; takes the
    /// features of one time step.
    /// </summary>
    /// <value>Two LSTM layers of 192 units in both directions.</value>
    public LayerConfig Network { get; init; } = new LstmConfig(0, 192) { Layers = 2, Bidirectional = true };

    /// <summary>How texts are searched for.</summary>
    public CtcSearchConfig Search { get; init; } = new();

    /// <summary>Seconds from one time step coming out of the network to the next.</summary>
    public double StepSeconds => Features.StepSeconds * Convolutions.Aggregate(1, static (stride, layer) => stride * layer.Stride);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "transcribe";

    /// <summary>The output layer, one class for the blank and one for each label; its tensors are <c>head.*</c>.</summary>
    public LinearConfig Head => new(Network.OutputFeatures, Labels + 1);

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with
    {
        Features = json.Get(Features, static part => new AudioFeaturesConfig().With(part)),
        Labels = json.Get(Labels),
        Network = json.Get(Network, LayerConfig.Read),
        Search = json.Get(Search, static part => new CtcSearchConfig().With(part)),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems()
        .Size(Labels)
        .Within("features", Features.Validate())
        .Within("network", Network.Validate())
        .Within("search", Search.Validate())
        .Unless(Network.InputFeatures == Features.StepFeatures, $"network takes {Network.InputFeatures} features, expected {Features.StepFeatures}, those of one time step");

    /// <summary>network.* and head.weight, head.bias.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
        Network.Parameters().Select(parameter => parameter.Within("network")).Concat(Head.Parameters().Select(parameter => parameter.Within("head")));

    /// <summary>Time steps that come out of the network.</summary>
    /// <param name="steps">Time steps going in.</param>
    public int OutputSteps(int steps) => Convolutions.Aggregate(steps, static (count, layer) => layer.OutputLength(count));

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler) => scaler is null
        ? ["scaler is missing, expected one for the features of a frame"]
        : scaler.Validate().Concat(new Problems().Unless(scaler.Features.Count == Features.FrameFeatures,
            $"scaler has {scaler.Features.Count} features, expected {Features.FrameFeatures}, those of one frame"));

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateTokenizers(Tokenizer? tokenizer, Tokenizer? source) => tokenizer is null
        ? ["tokenizer is missing, expected the labels of the transcriber"]
        : tokenizer.Validate().Concat(new Problems()
            .Unless(tokenizer is VocabularyTokenizer, "tokenizer cuts words into pieces, expected labels that are characters or words")
            .Unless(tokenizer.Count == Labels, $"tokenizer has {tokenizer.Count} tokens, expected labels {Labels}")
            .Unless(source is null, "source tokenizer is there, but a transcriber reads no text"));

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateLanguageModel(NGramModel? languageModel) => new Problems()
        .Unless(!Search.KnownWordsOnly || languageModel is { Unit: TextUnit.Word }, "search.known_words_only is true, but there is no language model of words that says which they are");

    private IEnumerable<Conv1dConfig> Convolutions => LayersOf(Network).OfType<Conv1dConfig>();

    private static IEnumerable<LayerConfig> LayersOf(LayerConfig layer) => layer is SequentialConfig sequence ? sequence.Layers.SelectMany(LayersOf) : [layer];
}
