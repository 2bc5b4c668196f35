using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>The network of a language model: embedding, dropout, LSTM, dropout, and a linear layer that gives one logit for each token of the vocabulary.</summary>
public sealed class LanguageModelNetwork
{
    private readonly AwdConfig _awd;
    private readonly Embedding _embedding;
    private readonly Lstm _lstm;
    private readonly Linear _head;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="config">What the language model is.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <param name="awd">What regularises it in training; null for the dropout of the config only.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public LanguageModelNetwork(LanguageModelConfig config, RandomSource random, Initialization? initialization = null, AwdConfig? awd = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"language model: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        _awd = awd ?? new AwdConfig();
        _embedding = new Embedding(config.Embedding, random, initialization);
        _lstm = new Lstm(config.Network, random, initialization, _awd.WeightDrop) { DropsVariationally = _awd.Variational };
        _head = config.Tied ? new Linear(config.Head, _embedding.Weight) : new Linear(config.Head, random, initialization);
        Parameters =
        [
            .. _embedding.Parameters().Select(entry => ($"embedding.{entry.Name}", entry.Parameter)),
            .. _lstm.Parameters().Select(entry => ($"network.{entry.Name}", entry.Parameter)),
            .. _head.Parameters().Where(entry => entry.Parameter != _embedding.Weight).Select(entry => ($"head.{entry.Name}", entry.Parameter)),
        ];
    }

    /// <summary>What the language model is.</summary>
    public LanguageModelConfig Config { get; }

    /// <summary>The parameters, in the order and under the names of <see cref="LanguageModelConfig.Parameters"/>; a tied weight is listed once, under the embedding.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>How improbable the network finds what came, −log p of each target.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="inputs">Ids [T, B], time first; read whenever the tape runs.</param>
    /// <param name="targets">The ids that came next [T, B]; <paramref name="ignore"/> where none counts. Read whenever the tape runs.</param>
    /// <param name="streams">B</param>
    /// <param name="state">What the network remembers of the steps before these; null for nothing.</param>
    /// <param name="ignore">A target that does not count.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats; while training with the penalties of the AWD kit), or the terms [T, B]; and the state after the last step.</returns>
    public (Tensor Loss, LstmState State) Loss(Tape tape, ReadOnlyMemory<int> inputs, ReadOnlyMemory<int> targets, int streams, LstmState? state, int ignore, Reduction reduction)
    {
        (Tensor output, Tensor dropped, LstmState after) = Run(tape, inputs, streams, state);
        using (tape.Enter("head"))
        {
            Tensor loss = tape.LinearCrossEntropy(dropped, _head.Weight, _head.Bias?.Tensor, targets, ignore, reduction);
            return (tape.IsTraining ? Penalised(tape, loss, output, dropped) : loss, after);
        }
    }

    /// <summary>The logit of every token to come next.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="inputs">Ids [T, B], time first; read whenever the tape runs.</param>
    /// <param name="streams">B</param>
    /// <param name="state">What the network remembers of the steps before these; null for nothing.</param>
    /// <returns>[T, B, V], and the state after the last step.</returns>
    public (Tensor Logits, LstmState State) Forward(Tape tape, ReadOnlyMemory<int> inputs, int streams, LstmState? state)
    {
        (_, Tensor dropped, LstmState after) = Run(tape, inputs, streams, state);
        using (tape.Enter("head"))
        {
            return (_head.Forward(tape, dropped), after);
        }
    }

    // The output of the last layer, before and after dropout.
    private (Tensor Output, Tensor Dropped, LstmState State) Run(Tape tape, ReadOnlyMemory<int> inputs, int streams, LstmState? state)
    {
        Tensor x;
        using (tape.Enter("embedding"))
        {
            x = _embedding.Forward(tape, inputs, inputs.Length / streams, streams);
            x = Drop(tape, tape.EmbeddingDropout(x, inputs, Config.VocabularySize, _awd.EmbeddingDropout), _awd.InputDropout ?? Config.Dropout);
        }

        LstmState after;
        using (tape.Enter("network"))
        {
            (x, after) = _lstm.Forward(tape, x, state);
        }

        return (x, Drop(tape, x, Config.Dropout), after);
    }

    private Tensor Drop(Tape tape, Tensor x, float rate) => _awd.Variational ? tape.VariationalDropout(x, rate) : tape.Dropout(x, rate);

    // Merity, McCann & Socher 2017, "Revisiting activation regularization for language RNNs": L + α · mean(h²) + β · mean((h_t − h_t−1)²).
    private Tensor Penalised(Tape tape, Tensor loss, Tensor output, Tensor dropped)
    {
        if (_awd.ActivationPenalty > 0)
        {
            loss = tape.Add(loss, tape.Scale(tape.Mean(tape.Multiply(dropped, dropped)), _awd.ActivationPenalty));
        }

        int steps = output.Shape[0];
        if (_awd.TemporalPenalty > 0 && steps > 1)
        {
            Tensor change = tape.Subtract(output.Range(1, steps - 1), output.Range(0, steps - 1));
            loss = tape.Add(loss, tape.Scale(tape.Mean(tape.Multiply(change, change)), _awd.TemporalPenalty));
        }

        return loss;
    }
}
