using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Networks;

/// <summary>
/// A network that reads one sequence and writes another: see <see cref="EncoderDecoderConfig"/> for what it is. Reading and writing are two calls, so that a source is read
/// once however often something is written from it.
/// </summary>
public sealed class EncoderDecoder
{
    private readonly Layer _encoder, _decoder;
    private readonly Layer? _attention;
    private readonly Linear _head;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public EncoderDecoder(EncoderDecoderConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"encoder and decoder: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        _encoder = NetworkFactory.Create(config.Encoder, random, initialization);
        _decoder = NetworkFactory.Create(config.Decoder, random, initialization);
        _attention = config.Attention is null ? null : NetworkFactory.Create(config.Attention, random, initialization);
        _head = new Linear(config.Head, random, initialization);
        (string Name, Layer? Layer)[] parts = [("encoder", _encoder), ("decoder", _decoder), ("attention", _attention), ("head", _head)];
        Parameters = [.. parts.SelectMany(part => part.Layer?.Parameters().Select(entry => ($"{part.Name}.{entry.Name}", entry.Parameter)) ?? [])];
    }

    /// <summary>What it is.</summary>
    public EncoderDecoderConfig Config { get; }

    /// <summary>The parameters, in the order and under the names of <see cref="EncoderDecoderConfig.Parameters"/>.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Reads a source.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="source">[S, B, I], or ids [S, B, 1] for an encoder that begins with an embedding.</param>
    /// <param name="lengths">Valid steps of each source; steps beyond are neither read nor attended to. Null when all have S.</param>
    /// <returns>What the decoder attends to, and the state it starts from.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (AttentionMemory Memory, LayerState State) Encode(Tape tape, Tensor source, IReadOnlyList<int>? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(source);
        using Tape.Scope scope = tape.Enter("encoder");
        (Tensor read, LayerState? state) = _encoder.Forward(tape, source, null, lengths);
        AttentionMask? mask = AttentionMask.FromLengths(lengths?.Select(_encoder.OutputLength).ToArray(), read);
        AttentionMemory memory = _attention switch
        {
            LuongAttention luong => luong.Remember(tape, read, mask),
            AdditiveAttention additive => additive.Remember(tape, read, mask),
            _ => new AttentionMemory(read, read, mask),
        };
        return (memory, Start(tape, LastOf(state)));
    }

    /// <summary>Writes: whole sequences whose inputs are known, as in training, or step after step.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="inputs">[T, B, J], or ids [T, B, 1] for a decoder that begins with an embedding: what was written one step before.</param>
    /// <param name="memory">What <see cref="Encode"/> left.</param>
    /// <param name="state">What <see cref="Encode"/> left, or what this gave for the steps before these.</param>
    /// <returns>[T, B, V], and the state after the last step.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Output, LayerState State) Decode(Tape tape, Tensor inputs, AttentionMemory memory, LayerState state)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(memory);
        Tensor written;
        LayerState? after;
        using (tape.Enter("decoder"))
        {
            (written, after) = _decoder.Forward(tape, inputs, state);
        }

        using (tape.Enter("attention"))
        {
            written = Attend(tape, written, memory);
        }

        using (tape.Enter("head"))
        {
            return (_head.Forward(tape, written), after!);
        }
    }

    /// <summary>Reads a source and writes with known inputs.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="source">As <see cref="Encode"/> takes it.</param>
    /// <param name="inputs">As <see cref="Decode"/> takes them.</param>
    /// <param name="lengths">Valid steps of each source; null when all have S.</param>
    /// <returns>[T, B, V]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Forward(Tape tape, Tensor source, Tensor inputs, IReadOnlyList<int>? lengths = null)
    {
        (AttentionMemory memory, LayerState state) = Encode(tape, source, lengths);
        return Decode(tape, inputs, memory, state).Output;
    }

    private Tensor Attend(Tape tape, Tensor asked, AttentionMemory memory) => _attention switch
    {
        LuongAttention luong => luong.Forward(tape, asked, memory).Attentional,
        AdditiveAttention additive => tape.Concat(additive.Forward(tape, asked, memory).Context, asked),
        MultiHeadAttention heads => tape.Concat(heads.Forward(tape, asked, memory.Keys, memory.Keys, memory.Mask).Output, asked),
        _ => asked,
    };

    // The decoder's state: its last layer's from the encoder's, every other one's zero.
    private LayerState Start(Tape tape, LayerState encoded)
    {
        LayerState last = encoded switch
        {
            LstmState lstm => new LstmState(Joined(tape, lstm.Hidden), Joined(tape, lstm.Cell)),
            GruState gru => new GruState(Joined(tape, gru.Hidden)),
            _ => throw new InvalidOperationException($"a recurrent layer left a {encoded.GetType().Name}"),
        };
        return _decoder is Sequential sequence ? new SequentialState([.. sequence.Layers.SkipLast(1).Select(_ => (LayerState?)null), last]) : last;
    }

    // [L·D, B, W] → [L, B, D·W]
    private Tensor Joined(Tape tape, Tensor state)
    {
        int directions = Config.LastOfEncoder!.Directions;
        return directions == 1
            ? state
            : tape.Stack([.. Enumerable.Range(0, Config.LastOfEncoder.Layers).Select(layer => tape.Concat([.. Enumerable.Range(0, directions).Select(direction => state.At((layer * directions) + direction))]))]);
    }

    private static LayerState LastOf(LayerState? state) => (state is SequentialState sequence ? sequence.Parts[^1] : state)!;
}
