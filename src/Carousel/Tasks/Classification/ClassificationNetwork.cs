using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Classification;

/// <summary>The network of a classifier: an embedding if it reads text, layers over time, pooling over each sequence's own steps, and a linear layer that gives one logit for each label.</summary>
public sealed class ClassificationNetwork
{
    private readonly Embedding? _embedding;
    private readonly Layer _body;
    private readonly AdditiveAttention? _attention;
    private readonly Linear _head;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="config">What the classifier is.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public ClassificationNetwork(ClassifierConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"classifier: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        _embedding = config.ReadsText ? new Embedding(config.Embedding, random, initialization) : null;
        _body = NetworkFactory.Create(config.Network, random, initialization);
        _attention = config.Pooling == Pooling.Attention ? new AdditiveAttention(config.Attention, random, initialization) : null;
        _head = new Linear(config.Head, random, initialization);
        (string Name, Layer? Layer)[] parts = [("embedding", _embedding), ("network", _body), ("attention", _attention), ("head", _head)];
        Parameters = [.. parts.SelectMany(part => part.Layer?.Parameters().Select(entry => ($"{part.Name}.{entry.Name}", entry.Parameter)) ?? [])];
    }

    /// <summary>What the classifier is.</summary>
    public ClassifierConfig Config { get; }

    /// <summary>The parameters, in the order and under the names of <see cref="ClassifierConfig.Parameters"/>.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>The logit of every label.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, features], scaled; or ids [T, B, 1] of a text.</param>
    /// <param name="lengths">Valid steps of each sequence; what lies beyond changes nothing.</param>
    /// <param name="embeddingDropout">Share of the vocabulary whose rows are 0 in this batch while training, 0 ≤ p &lt; 1 (Gal &amp; Ghahramani 2016).</param>
    /// <returns>[B, labels]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Forward(Tape tape, Tensor x, IReadOnlyList<int> lengths, float embeddingDropout = 0)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (_embedding is not null)
        {
            using Tape.Scope scope = tape.Enter("embedding");
            Tensor? mask = WordMask(tape, x, embeddingDropout);
            (x, _) = _embedding.Forward(tape, x, null);
            x = mask is null ? x : tape.Multiply(x, mask);
            x = tape.Dropout(x, Config.Dropout);
        }

        using (tape.Enter("network"))
        {
            (x, _) = _body.Forward(tape, x, null, lengths);
        }

        int[] valid = [.. lengths.Select(_body.OutputLength)];
        using (tape.Enter("pooling"))
        {
            x = Pool(tape, x, valid);
        }

        using (tape.Enter("head"))
        {
            return _head.Forward(tape, tape.Dropout(x, Config.Dropout));
        }
    }

    private Tensor Pool(Tape tape, Tensor x, int[] lengths)
    {
        switch (Config.Pooling)
        {
            case Pooling.Max:
                return tape.MaxOverTime(x, lengths);
            case Pooling.Mean:
                return tape.MeanOverTime(x, lengths);
            default:
                Tensor ends = tape.Ends(x, lengths, Config.BackwardFeatures);
                return _attention is null
                    ? ends
                    : _attention.Forward(tape, ends.Reshape(1, ends.Shape[0], ends.Shape[1]), _attention.Remember(tape, x, AttentionMask.FromLengths(lengths, x))).Context.At(0);
        }
    }

    // Where a word occurs twice in a batch, both places get the same.
    private Tensor? WordMask(Tape tape, Tensor ids, float rate)
    {
        if (!tape.IsTraining || rate == 0)
        {
            return null;
        }

        var kept = new Dictionary<float, float>();
        Tensor mask = tape.Empty(ids.Shape[0], ids.Shape[1], Config.EmbeddingSize);
        for (int at = 0; at < ids.Length; at++)
        {
            float id = ids.Values[at];
            if (!kept.TryGetValue(id, out float factor))
            {
                kept[id] = factor = tape.Random.NextSingle() < rate ? 0 : 1 / (1 - rate);
            }

            mask.Values.Slice(at * Config.EmbeddingSize, Config.EmbeddingSize).Fill(factor);
        }

        return mask;
    }
}
