using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// What a classifier is: a sequence of any length in, the probability of each label out. It reads either numbers or audio, whose <see cref="StandardScaler"/> its file holds, or
/// text, whose <see cref="Tokenizer"/> its file holds.
/// </summary>
/// <remarks>
/// [T, B, features] or ids [T, B] → embedding [T, B, E] → dropout → network [T′, B, F] → pooling over time [B, F] → dropout → linear [B, labels] → softmax.
/// </remarks>
public sealed record ClassifierConfig : ModelConfig
{
    /// <summary>The labels, in the order of the outputs; two or more, all different.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Names of the numbers of one time step, in order; empty for a classifier that reads text.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>For a classifier of audio: how audio becomes time steps; its frames hold the <see cref="Features"/>. Null for any other.</summary>
    /// <value>null</value>
    public AudioFeaturesConfig? Audio { get; init; }

    /// <summary>V, tokens of the vocabulary; 0 for a classifier that reads numbers.</summary>
    /// <value>0</value>
    public int VocabularySize { get; init; }

    /// <summary>E, features of a token's row in the embedding, for a classifier that reads text; 1 or more.</summary>
    /// <value>128</value>
    public int EmbeddingSize { get; init; } = 128;

    /// <summary>The layers between input and pooling; takes <see cref="StepFeatures"/> features.</summary>
    /// <value>One LSTM layer of 64 units in both directions.</value>
    public LayerConfig Network { get; init; } = new LstmConfig(0, 64) { Bidirectional = true };

    /// <summary>How the outputs of all time steps become one.</summary>
    /// <value>max</value>
    public Pooling Pooling { get; init; } = Pooling.Max;

    /// <summary>Width of the tanh layer of attention pooling; 1 or more.</summary>
    /// <value>64</value>
    public int AttentionSize { get; init; } = 64;

    /// <summary>Share of features set to zero after the embedding and before the output layer while training, 0 ≤ p &lt; 1.</summary>
    /// <value>0</value>
    public float Dropout { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "classify";

    /// <summary>True for a classifier that reads text, false for one that reads numbers.</summary>
    public bool ReadsText => VocabularySize > 0;

    /// <summary>Features of one time step of the network.</summary>
    public int StepFeatures => ReadsText ? EmbeddingSize : Audio?.StepFeatures ?? Features.Count;

    /// <summary>The embedding of a classifier that reads text; its tensor is <c>embedding.weight</c>.</summary>
    public EmbeddingConfig Embedding => new(VocabularySize, EmbeddingSize);

    /// <summary>The attention of attention pooling; its tensors are <c>attention.*</c>.</summary>
    public AdditiveAttentionConfig Attention => new(Network.OutputFeatures, Network.OutputFeatures, AttentionSize) { Bias = true };

    /// <summary>The output layer; its tensors are <c>head.weight</c> and <c>head.bias</c>.</summary>
    public LinearConfig Head => new(Network.OutputFeatures, Labels.Count);

    /// <summary>How many of the network's last outputs come from the direction that ends at the first step, which is where <see cref="Pooling.Last"/> takes them.</summary>
    public int BackwardFeatures => RecurrentConfig.LastOf(Network) is { Bidirectional: true } last ? last.OutputSize : 0;

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with
    {
        Labels = json.Get(Labels),
        Features = json.Get(Features),
        Audio = json.GetOrNull(Audio, static part => new AudioFeaturesConfig().With(part)),
        VocabularySize = json.Get(VocabularySize),
        EmbeddingSize = json.Get(EmbeddingSize),
        Network = json.Get(Network, LayerConfig.Read),
        Pooling = json.Get(Pooling),
        AttentionSize = json.Get(AttentionSize),
        Dropout = json.Get(Dropout),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        Problems problems = new Problems()
            .Range(VocabularySize, 0, 1 << 24).Size(EmbeddingSize).Size(AttentionSize).Rate(Dropout).Named(Pooling)
            .Unless(Labels.Count > 1, Labels.Count == 0 ? "labels is empty, expected two or more" : $"labels holds '{Labels[0]}' only, expected two or more: there is nothing to tell apart")
            .Unless(!Labels.Concat(Features).Any(string.IsNullOrWhiteSpace), "labels and features hold an empty name")
            .Unless(ReadsText || Features.Count > 0, "features is empty and vocabulary_size is 0, expected one of them: numbers or text to read")
            .Unless(!ReadsText || Features.Count == 0, $"features has {Features.Count} names, expected none for a classifier that reads text")
            .Unless(Audio is null || !ReadsText, $"audio is there and vocabulary_size is {VocabularySize}, expected one of them")
            .Unless(Audio is null || Features.SequenceEqual(Audio.FeatureNames), $"features are {string.Join(", ", Features)}, expected those of a frame of audio: {string.Join(", ", Audio?.FeatureNames ?? [])}")
            .Within("audio", Audio?.Validate() ?? [])
            .Within("network", Network.Validate())
            .Unless(Network.InputFeatures == StepFeatures, $"network takes {Network.InputFeatures} features, expected {StepFeatures}, which {(ReadsText ? "the embedding gives" : "a time step has")}");
        foreach ((string kind, IReadOnlyList<string> names) in new[] { ("label", Labels), ("feature", Features) })
        {
            foreach (string twice in names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key))
            {
                problems.Unless(false, $"{kind} '{twice}' stands more than once");
            }
        }

        return problems;
    }

    /// <summary>embedding.weight [V, E] if it reads text, network.*, attention.* with attention pooling, head.weight [labels, F], head.bias [labels].</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
    [
        .. ReadsText ? Embedding.Parameters().Select(parameter => parameter.Within("embedding")) : [],
        .. Network.Parameters().Select(parameter => parameter.Within("network")),
        .. Pooling == Pooling.Attention ? Attention.Parameters().Select(parameter => parameter.Within("attention")) : [],
        .. Head.Parameters().Select(parameter => parameter.Within("head")),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler)
    {
        if (ReadsText)
        {
            return new Problems().Unless(scaler is null, "scaler is there, but a classifier of text scales nothing");
        }

        return scaler is null
            ? ["scaler is missing, expected one for the features of the classifier"]
            : scaler.Validate().Concat(new Problems().Unless(scaler.Features.SequenceEqual(Features),
                $"scaler is for the features {string.Join(", ", scaler.Features)}, expected {string.Join(", ", Features)}"));
    }

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateTokenizers(Tokenizer? tokenizer, Tokenizer? source)
    {
        Problems problems = new Problems().Unless(source is null, "source tokenizer is there, but a classifier writes no text");
        return ReadsText
            ? tokenizer is null
                ? problems.Append("tokenizer is missing, expected that of the texts the classifier reads")
                : tokenizer.Validate().Concat(problems
                    .Unless(tokenizer.Count == VocabularySize, $"tokenizer has {tokenizer.Count} tokens, expected vocabulary_size {VocabularySize}")
                    .Unless(tokenizer.IdOf(Tokenizer.End) >= 0, $"tokenizer has no {Tokenizer.End}, with which a classifier ends every text"))
            : problems.Unless(tokenizer is null, "tokenizer is there, but this classifier reads numbers");
    }

    /// <summary>True when every field is equal, lists element by element.</summary>
    public bool Equals(ClassifierConfig? other) => other is not null
        && (VocabularySize, EmbeddingSize, Pooling, AttentionSize, Dropout) == (other.VocabularySize, other.EmbeddingSize, other.Pooling, other.AttentionSize, other.Dropout)
        && Network.Equals(other.Network) && Equals(Audio, other.Audio) && Labels.SequenceEqual(other.Labels) && Features.SequenceEqual(other.Features);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(VocabularySize, EmbeddingSize, Pooling, AttentionSize, Dropout, Network, Labels.Count, Features.Count);
}
