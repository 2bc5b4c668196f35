using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Lowers a model to a plan.</summary>
/// <param name="file">The model.</param>
/// <param name="format">How weights are held.</param>
/// <param name="kernels">The arithmetic.</param>
/// <param name="team">Threads that may share a step, or null for the caller alone.</param>
internal sealed class PlanBuilder(ModelFile file, PanelFormat format, KernelSet kernels, PlanTeam? team)
{
    private readonly PlanLayout _layout = new();
    private readonly List<PlanStep> _steps = [];

    /// <summary>The plan of the whole model: its network and what its task puts before and after it.</summary>
    /// <param name="scalesInputs">True to put the scaler of the file before the network.</param>
    /// <exception cref="NotSupportedException">The model holds a layer for which there is no step, or no scaler where one is asked for.</exception>
    public Plan Build(bool scalesInputs)
    {
        if (scalesInputs)
        {
            AddScaler();
        }

        int inputs;
        SourceEncoder? encoder = null;
        SentenceEncoder? sentences = null;
        switch (file.Config)
        {
            case NetworkConfig bare:
                inputs = bare.Network.InputFeatures;
                Add(bare.Network, Weights("network"));
                break;
            case ForecasterConfig forecaster:
                inputs = forecaster.Network.InputFeatures;
                Add(forecaster.Network, Weights("network"));
                Add(forecaster.Head, Weights("head"));
                break;
            case LanguageModelConfig language:
                inputs = language.Embedding.InputFeatures;
                Add(language.Embedding, Weights("embedding"));
                Add(language.Network, Weights("network"));
                _steps.Add(new LinearStep(language.Head, Weights("head"), _layout, kernels, language.Tied ? Weights("embedding") : null));
                break;
            case ClassifierConfig classifier:
                inputs = classifier.ReadsText ? classifier.Embedding.InputFeatures : classifier.Network.InputFeatures;
                if (classifier.ReadsText)
                {
                    Add(classifier.Embedding, Weights("embedding"));
                }

                Add(classifier.Network, Weights("network"));
                AddPooling(classifier);
                Add(classifier.Head, Weights("head"));
                break;
            case TranscriberConfig transcriber:
                inputs = transcriber.Network.InputFeatures;
                Add(transcriber.Network, Weights("network"));
                Add(transcriber.Head, Weights("head"));
                break;
            case EncoderDecoderConfig pair:
                inputs = pair.Decoder.InputFeatures;
                encoder = new SourceEncoder(Another().Build(pair.Encoder, "encoder"), pair.LastOfEncoder!);
                Add(pair.Decoder, Weights("decoder"));
                if (pair.Attention is { } attention)
                {
                    SourceAttention source = SourceAttention.Of(attention, Weights("attention"), _layout, kernels)!;
                    _steps.Add(new SourceAttentionStep(kernels, source, pair.Decoder.OutputFeatures, pair.JoinsContext));
                }

                Add(pair.Head, Weights("head"));
                break;
            case Seq2SeqConfig translation:
                inputs = translation.TargetEmbedding.InputFeatures;
                sentences = Reader(translation);
                AddDecoder(translation);
                break;
            default:
                throw new NotSupportedException($"a model for the task '{file.Config.Task}' has no plan");
        }

        return new Plan(inputs, _steps, _layout, kernels, team) { Encoder = encoder, Sentences = sentences };
    }

    // The step that looks at the source makes the place for what is fed to the first one.
    private void AddDecoder(Seq2SeqConfig translation)
    {
        PlanWeights table = Weights("target_embedding");
        StateSlot? fed = null;
        Add(translation.Decoder, Weights("decoder"));
        if (translation.Attention != AttentionKind.None)
        {
            var attention = new DecoderAttentionStep(translation, Weights("attention"), _layout, kernels);
            _steps.Add(attention);
            fed = attention.Fed;
        }

        if (translation.Projects)
        {
            Add(new LinearConfig(translation.Attentional, translation.EmbeddingSize) { Bias = false }, Weights("projection"));
        }

        _steps.Add(new LinearStep(translation.Head, Weights("head"), _layout, kernels, translation.Tied == TiedEmbeddings.None ? null : table));
        _steps.Add(new LogSoftmaxStep(kernels, translation.TargetVocabularySize));
        _steps.Insert(0, new EmbeddingStep(translation.TargetEmbedding, table, _layout, kernels, fed));
    }

    private SentenceEncoder Reader(Seq2SeqConfig translation)
    {
        PlanBuilder reader = Another();
        reader.Add(translation.SourceEmbedding, Weights(translation.Tied == TiedEmbeddings.All ? "target_embedding" : "source_embedding"));
        reader.Add(translation.Encoder, Weights("encoder"));
        Plan encoder = reader.Finish(translation.SourceEmbedding.InputFeatures);
        Plan? bridge = translation.Bridge == BridgeKind.Copy ? null : Another().Build(translation.BridgeLayer, "bridge");
        string? key = translation.Attention switch { AttentionKind.LuongGeneral => "weight_a", AttentionKind.Bahdanau => "weight_key", _ => null };
        return new SentenceEncoder(translation, encoder, bridge, key is null ? null : Another().BuildProduct("attention", key));
    }

    private PlanBuilder Another() => new(file, format, kernels, team);

    // y = W·x
    private Plan BuildProduct(string part, string name)
    {
        IReadOnlyList<int> shape = file[$"{part}.{name}"].Shape;
        var product = new LinearConfig(shape[1], shape[0]) { Bias = false };
        _steps.Add(new LinearStep(product, Weights(part), _layout, kernels, name: name));
        return Finish(product.InputSize);
    }

    private Plan Finish(int inputs) => new(inputs, _steps, _layout, kernels, team);

    private void AddScaler()
    {
        if (file.Config is not NetworkConfig)
        {
            throw new NotSupportedException($"a model for the task '{file.Config.Task}' cannot scale its inputs step by step; use the task's predictor");
        }

        _steps.Add(new ScaleStep(file.Scaler ?? throw new NotSupportedException("the model file holds no scaler, so inputs cannot be scaled"), _layout, kernels));
    }

    // The last output of layers that run forwards is what stands there anyway.
    private void AddPooling(ClassifierConfig classifier)
    {
        int width = classifier.Network.OutputFeatures, backward = classifier.BackwardFeatures;
        switch (classifier.Pooling)
        {
            case Pooling.Last when backward > 0:
                _steps.Add(new EndsStep(kernels, width, backward));
                break;
            case Pooling.Last:
                break;
            case Pooling.Attention:
                _steps.Add(new AttentionPoolingStep(kernels, SourceAttention.Of(classifier.Attention, Weights("attention"), _layout, kernels)!, backward));
                break;
            default:
                _steps.Add(new PoolingStep(classifier.Pooling, width, _layout, kernels));
                break;
        }
    }

    private Plan Build(LayerConfig network, string part)
    {
        Add(network, Weights(part));
        return Finish(network.InputFeatures);
    }

    private PlanWeights Weights(string part) => new(file, format, part);

    private void Add(LayerConfig config, PlanWeights weights)
    {
        switch (config)
        {
            case SequentialConfig sequence:
                foreach ((int index, LayerConfig layer) in sequence.Layers.Index())
                {
                    Add(layer, weights.Of($"{index}"));
                }

                break;
            case RecurrentConfig recurrent:
                for (int layer = 0; layer < recurrent.Layers; layer++)
                {
                    PlanStep forward = Cell(recurrent, weights.At(layer, reverse: false));
                    _steps.Add(recurrent.Bidirectional ? new BidirectionalStep(kernels, forward, Cell(recurrent, weights.At(layer, reverse: true))) : forward);
                }

                break;
            case LinearConfig linear:
                _steps.Add(new LinearStep(linear, weights, _layout, kernels));
                break;
            case LayerNormConfig norm:
                _steps.Add(new LayerNormStep(norm, weights, _layout, kernels));
                break;
            case EmbeddingConfig when _steps.Count > 0:
                throw new NotSupportedException($"layer '{weights.Name}': an embedding must be the first layer of a plan");
            case EmbeddingConfig embedding:
                _steps.Add(new EmbeddingStep(embedding, weights, _layout, kernels));
                break;
            case DropoutConfig:
                break;
            case Conv1dConfig convolution:
                _steps.Add(new Conv1dStep(convolution, weights, _layout, kernels));
                break;
            case EncoderLayerConfig encoder:
                _steps.Add(new EncoderLayerStep(encoder, weights, _layout, kernels));
                break;
            default:
                _steps.Add(new SelfAttentionStep(kernels, SelfAttention(config, weights)));
                break;
        }
    }

    private SourceAttention SelfAttention(LayerConfig config, PlanWeights weights)
    {
        SourceAttention attention = SourceAttention.Of(config, weights, _layout, kernels)
            ?? throw new NotSupportedException($"layer '{weights.Name}': there is no step for a {config.GetType().Name}");
        return attention.KeyWidth == config.InputFeatures
            ? attention
            : throw new NotSupportedException($"layer '{weights.Name}' attends to keys of {attention.KeyWidth} features with queries of {config.InputFeatures}; within a network a sequence attends to itself");
    }

    private PlanStep Cell(RecurrentConfig config, PlanWeights weights) => config switch
    {
        LayerNormLstmConfig norm => new LayerNormLstmStep(norm, weights, _layout, kernels),
        GruConfig { ResetAfter: false } gru => new ResetBeforeGruStep(gru, weights, _layout, kernels),
        _ => new RecurrentStep(config, weights, _layout, kernels),
    };
}
