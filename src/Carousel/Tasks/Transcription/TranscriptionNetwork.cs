using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Transcription;

/// <summary>The network of a transcriber: layers over the time steps of an utterance, and a linear layer that gives one logit for the blank and each label.</summary>
public sealed class TranscriptionNetwork
{
    private readonly Layer _body;
    private readonly Linear _head;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="config">What the transcriber is.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public TranscriptionNetwork(TranscriberConfig config, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"transcriber: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        _body = NetworkFactory.Create(config.Network, random);
        _head = new Linear(config.Head, random);
        Parameters =
        [
            .. _body.Parameters().Select(entry => ($"network.{entry.Name}", entry.Parameter)),
            .. _head.Parameters().Select(entry => ($"head.{entry.Name}", entry.Parameter)),
        ];
    }

    /// <summary>What the transcriber is.</summary>
    public TranscriberConfig Config { get; }

    /// <summary>The parameters: <c>network.*</c>, then <c>head.*</c>.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Time steps that come out of an utterance.</summary>
    /// <param name="steps">Time steps going in.</param>
    public int OutputLength(int steps) => _body.OutputLength(steps);

    /// <summary>The logits of blank and labels.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="steps">[T, B, features of a time step], time first.</param>
    /// <param name="lengths">Valid time steps of each utterance.</param>
    /// <returns>[T′, B, V + 1], and the valid time steps of each utterance in it.</returns>
    public (Tensor Logits, int[] Lengths) Forward(Tape tape, Tensor steps, IReadOnlyList<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor output;
        using (tape.Enter("network"))
        {
            (output, _) = _body.Forward(tape, steps, state: null, lengths);
        }

        using (tape.Enter("head"))
        {
            return (_head.Forward(tape, output), [.. lengths.Select(_body.OutputLength)]);
        }
    }
}
