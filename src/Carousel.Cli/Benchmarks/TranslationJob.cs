using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Benchmarks;

/// <summary>An encoder and a decoder of two layers each, the decoder starting from the encoder's last state (Sutskever et al. 2014), on one batch of sentences.</summary>
internal sealed class TranslationJob : TrainingJob
{
    private const int Vocabulary = 10_000, EmbeddingSize = 256, Hidden = 512, Batch = 32, SourceSteps = 20, TargetSteps = 25;

    private readonly LstmConfig _config = new(EmbeddingSize, Hidden) { Layers = 2 };
    private readonly Embedding _sourceWords, _targetWords;
    private readonly Lstm _encoder, _decoder;
    private readonly Linear _head;
    private readonly int[] _source, _target, _next;

    public TranslationJob()
        : base("seq2seq", "target tokens", TargetSteps * Batch)
    {
        var random = new RandomSource(0);
        var words = new EmbeddingConfig(Vocabulary, EmbeddingSize);
        (_sourceWords, _targetWords) = (new Embedding(words, random), new Embedding(words, random));
        (_encoder, _decoder) = (new Lstm(_config, random), new Lstm(_config, random));
        _head = new Linear(new LinearConfig(Hidden, Vocabulary), random);
        Parameters =
        [
            .. from part in ((string Name, Layer Layer)[])[("source", _sourceWords), ("target", _targetWords), ("encoder", _encoder), ("decoder", _decoder), ("head", _head)]
               from entry in part.Layer.Parameters()
               select ($"{part.Name}.{entry.Name}", entry.Parameter),
        ];
        (_source, _target, _next) = (Ids(0, SourceSteps * Batch, Vocabulary), Ids(1, TargetSteps * Batch, Vocabulary), Ids(2, TargetSteps * Batch, Vocabulary));
        Start();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <inheritdoc/>
    protected override double MultiplyAdds => Batch * (((SourceSteps + TargetSteps) * MatrixWeights(_config)) + ((double)TargetSteps * Vocabulary * Hidden));

    /// <inheritdoc/>
    public override Tensor Loss(Tape tape)
    {
        (_, LstmState state) = _encoder.Forward(tape, _sourceWords.Forward(tape, _source, SourceSteps, Batch));
        (Tensor output, _) = _decoder.Forward(tape, _targetWords.Forward(tape, _target, TargetSteps, Batch), state);
        return tape.LinearCrossEntropy(output, _head.Weight, _head.Bias?.Tensor, _next);
    }
}
