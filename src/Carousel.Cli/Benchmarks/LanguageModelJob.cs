using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Tasks.LanguageModelling;

namespace Carousel.Cli.Benchmarks;

/// <summary>A word language model of two layers, trained by truncated back-propagation with carried state (sizes: Zaremba et al. 2014).</summary>
internal sealed class LanguageModelJob : TrainingJob
{
    private const int Vocabulary = 10_000, Unused = -1;

    private readonly LanguageModelNetwork _network;
    private readonly int[] _inputs, _targets;
    private readonly int _batch;
    private readonly LstmState _before;
    private LstmState? _next;

    /// <summary>Makes it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="hidden">H, also the size of the embedding.</param>
    /// <param name="steps">T</param>
    /// <param name="batch">B</param>
    public LanguageModelJob(string name, int hidden, int steps, int batch)
        : base(name, "words", steps * batch)
    {
        _batch = batch;
        _network = new LanguageModelNetwork(
            new LanguageModelConfig { VocabularySize = Vocabulary, EmbeddingSize = hidden, Network = new LstmConfig(hidden, hidden) { Layers = 2 } }, new RandomSource(0));
        (_inputs, _targets) = (Ids(0, steps * batch, Vocabulary), Ids(1, steps * batch, Vocabulary));
        _before = new LstmState(new Tensor(2, batch, hidden), new Tensor(2, batch, hidden));
        Start();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => _network.Parameters;

    /// <inheritdoc/>
    protected override double MultiplyAdds => Items * (MatrixWeights(_network.Config.Network) + ((double)Vocabulary * _network.Config.Network.HiddenSize));

    /// <inheritdoc/>
    public override Tensor Loss(Tape tape)
    {
        (Tensor loss, _next) = _network.Loss(tape, _inputs, _targets, _batch, _before, Unused, Reduction.Mean);
        return loss;
    }

    /// <inheritdoc/>
    public override void EndStep() => _next!.TryCopyTo(_before);
}
