using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Networks;

/// <summary>
/// The network that translates: see <see cref="Seq2SeqConfig"/> for its equations. Without input feeding the decoder runs over all known target tokens at once, and so does
/// the attention; with it each step waits for the attentional vector of the one before.
/// </summary>
public sealed class Seq2Seq
{
    private readonly Embedding _source, _target;
    private readonly Lstm _encoder, _decoder;
    private readonly Linear? _bridge;
    private readonly Linear _head;
    private readonly Parameter? _query, _key, _v, _combine, _projection;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public Seq2Seq(Seq2SeqConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"translation: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        initialization ??= Initialization.Default;
        _target = new Embedding(config.TargetEmbedding, random, initialization);
        _source = config.Tied == TiedEmbeddings.All ? _target : new Embedding(config.SourceEmbedding, random, initialization);
        _encoder = new Lstm(config.Encoder, random, initialization);
        _bridge = config.Bridge == BridgeKind.Copy ? null : new Linear(config.BridgeLayer, random, initialization);
        _decoder = new Lstm(config.Decoder, random, initialization);
        _head = config.Tied == TiedEmbeddings.None ? new Linear(config.Head, random, initialization) : new Linear(config.Head, _target.Weight);
        var own = new Dictionary<string, Parameter>
        {
            ["target_embedding.weight"] = _target.Weight,
            ["head.weight"] = _head.Weight,
            ["head.bias"] = _head.Bias!,
        };
        own.TryAdd("source_embedding.weight", _source.Weight);
        (string, Layer?)[] layers = [("encoder", _encoder), ("bridge", _bridge), ("decoder", _decoder)];
        foreach ((string name, Parameter parameter) in layers.SelectMany(part => part.Item2?.Parameters().Select(entry => ($"{part.Item1}.{entry.Name}", entry.Parameter)) ?? []))
        {
            own.Add(name, parameter);
        }

        foreach (ParameterSpec spec in config.Parameters().Where(spec => !own.ContainsKey(spec.Name)))
        {
            var parameter = new Parameter(spec.Name[(spec.Name.IndexOf('.', StringComparison.Ordinal) + 1)..], [.. spec.Shape]);
            initialization.Input(parameter, random);
            own.Add(spec.Name, parameter);
        }

        _query = own.GetValueOrDefault("attention.weight_query");
        _key = own.GetValueOrDefault("attention.weight_key") ?? own.GetValueOrDefault("attention.weight_a");
        _v = own.GetValueOrDefault("attention.v");
        _combine = own.GetValueOrDefault("attention.weight_c");
        _projection = own.GetValueOrDefault("projection.weight");
        Parameters = [.. config.Parameters().Select(spec => (spec.Name, own[spec.Name]))];
    }

    /// <summary>What it is.</summary>
    public Seq2SeqConfig Config { get; }

    /// <summary>The parameters, in the order and under the names of <see cref="Seq2SeqConfig.Parameters"/>; a tied table is listed once.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Reads sentences.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="source">Ids [S, B], time first, each sentence with its end and then padding.</param>
    /// <param name="lengths">Tokens of each sentence, its end included; 1 … S. Nothing depends on what stands beyond.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public SourceMemory Read(Tape tape, ReadOnlyMemory<int> source, IReadOnlyList<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(lengths);
        using Tape.Scope scope = tape.Enter("encoder");
        Tensor x = tape.Dropout(_source.Forward(tape, source, source.Length / lengths.Count, lengths.Count), Config.Dropout);
        (Tensor outputs, LstmState state) = _encoder.Forward(tape, x, null, lengths);
        LstmState start = Start(tape, outputs, state, lengths);
        if (Config.Attention == AttentionKind.None)
        {
            return new SourceMemory(null, start);
        }

        Tensor keys = tape.Dropout(outputs, Config.Dropout);
        return new SourceMemory(new AttentionMemory(keys, _key is null ? keys : tape.Linear(keys, _key), AttentionMask.FromLengths(lengths, keys)), start);
    }

    /// <summary>Writes with known inputs, as in training: what the output layer reads at each step.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="memory">What <see cref="Read"/> left.</param>
    /// <param name="inputs">Ids [T, B]: the beginning, and at each later step the token before.</param>
    /// <returns>o [T, B, A], or [T, B, E] after a projection; and the weights of the source [B, 1, T, S], null without attention.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Output, Tensor? Weights) Write(Tape tape, SourceMemory memory, ReadOnlyMemory<int> inputs)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(memory);
        int batch = memory.State.Hidden.Shape[1];
        using Tape.Scope scope = tape.Enter("decoder");
        Tensor x = tape.Dropout(_target.Forward(tape, inputs, inputs.Length / batch, batch), Config.Dropout);
        (Tensor output, Tensor? weights) = Config.InputFeeding ? WriteStepByStep(tape, x, memory) : Attend(tape, _decoder.Forward(tape, x, memory.State).Output, memory);
        output = tape.Dropout(output, Config.Dropout);
        return (_projection is null ? output : tape.Linear(output, _projection), weights);
    }

    /// <summary>How improbable the network finds what came, −log p of each target.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="memory">What <see cref="Read"/> left.</param>
    /// <param name="inputs">Ids [T, B], as <see cref="Write"/> takes them; read whenever the tape runs.</param>
    /// <param name="targets">The ids that came [T, B]; padding does not count.</param>
    /// <param name="labelSmoothing">ε, 0 ≤ ε ≤ 1.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats), or the terms [T, B].</returns>
    public Tensor Loss(Tape tape, SourceMemory memory, ReadOnlyMemory<int> inputs, ReadOnlyMemory<int> targets, float labelSmoothing = 0, Reduction reduction = Reduction.Mean)
    {
        Tensor output = Write(tape, memory, inputs).Output;
        using Tape.Scope scope = tape.Enter("head");
        return tape.LinearCrossEntropy(output, _head.Weight, _head.Bias?.Tensor, targets, Config.PaddingIndex, reduction, labelSmoothing);
    }

    /// <summary>Reads and writes with known inputs.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="source">Ids [S, B], as <see cref="Read"/> takes them.</param>
    /// <param name="lengths">As <see cref="Read"/> takes them.</param>
    /// <param name="inputs">Ids [T, B], as <see cref="Write"/> takes them.</param>
    /// <returns>Logits [T, B, V].</returns>
    public Tensor Forward(Tape tape, ReadOnlyMemory<int> source, IReadOnlyList<int> lengths, ReadOnlyMemory<int> inputs) => Logits(tape, Write(tape, Read(tape, source, lengths), inputs).Output);

    /// <summary>The logit of every token.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="output">What <see cref="Write"/> gave [T, B, A or E].</param>
    /// <returns>[T, B, V]</returns>
    public Tensor Logits(Tape tape, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(tape);
        using Tape.Scope scope = tape.Enter("head");
        return _head.Forward(tape, output);
    }

    // [T, B, E] with what was attended to at each step joined to the input of the next.
    private (Tensor Output, Tensor? Weights) WriteStepByStep(Tape tape, Tensor x, SourceMemory memory)
    {
        int steps = x.Shape[0], batch = x.Shape[1];
        Tensor[] outputs = new Tensor[steps], weights = new Tensor[steps];
        Tensor fed = tape.Zeros(1, batch, Config.Attentional);
        LstmState state = memory.State;
        for (int step = 0; step < steps; step++)
        {
            (Tensor h, state) = _decoder.Forward(tape, tape.Concat(x.Range(step, 1), fed), state);
            (fed, Tensor? seen) = Attend(tape, h, memory);
            (outputs[step], weights[step]) = (fed.At(0), seen!);
        }

        return (tape.Stack(outputs), tape.Concat(weights).Reshape(batch, 1, steps, weights[0].Shape[3]));
    }

    // h [T, B, H] to a [T, B, A]
    private (Tensor Attentional, Tensor? Weights) Attend(Tape tape, Tensor h, SourceMemory memory)
    {
        if (memory.Attended is not { } attended)
        {
            return (h, null);
        }

        using Tape.Scope scope = tape.Enter("attention");
        Tensor scores = _v is null ? tape.DotScores(h, attended.Projected) : tape.AdditiveScores(tape.Linear(h, _query!), attended.Projected, _v);
        Tensor weights = tape.MaskedSoftmax(scores, attended.Mask);
        return (tape.Tanh(tape.Linear(tape.Concat(tape.WeightedSum(weights, attended.Keys), h), _combine!)), weights);
    }

    // The decoder's first state, h and c each [L, B, H].
    private LstmState Start(Tape tape, Tensor outputs, LstmState state, IReadOnlyList<int> lengths)
    {
        LstmConfig encoder = Config.Encoder;
        if (_bridge is null)
        {
            return encoder.Directions == 1 ? state : new LstmState(Joined(state.Hidden), Joined(state.Cell));
        }

        int batch = lengths.Count;
        Tensor read = Config.Bridge == BridgeKind.Mean ? tape.WeightedSum(Means(tape, lengths, outputs.Shape[0]), outputs).At(0) : Joined(state.Hidden).At(Config.Layers - 1);
        Tensor[] blocks = tape.Split(tape.Tanh(_bridge.Forward(tape, read)), 2 * Config.Layers);
        Tensor Every(int first) => tape.Stack([.. blocks.Where((_, at) => at % 2 == first).Select(block => block.Reshape(batch, Config.HiddenSize))]);
        return new LstmState(Every(0), Every(1));

        // [L·D, B, W] → [L, B, D·W]
        Tensor Joined(Tensor part) => encoder.Directions == 1
            ? part
            : tape.Stack([.. Enumerable.Range(0, encoder.Layers).Select(layer => tape.Concat(part.At(2 * layer), part.At((2 * layer) + 1)))]);
    }

    // 1/length on the steps of each sentence, [B, 1, 1, S]: as weights they give the mean.
    private static Tensor Means(Tape tape, IReadOnlyList<int> lengths, int steps)
    {
        Tensor weights = tape.Zeros(lengths.Count, 1, 1, steps);
        for (int sentence = 0; sentence < lengths.Count; sentence++)
        {
            weights.At(sentence).Values[..lengths[sentence]].Fill(1f / lengths[sentence]);
        }

        return weights;
    }
}
