using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>
/// Luong's attention: score(q, k) = q·k (dot), qᵀ W_a k (general) or v·tanh(W_a [q; k]) (concat), weights = softmax over the keys, context c = Σ weight · k, result
/// tanh(W_c [c; q]) (Luong et al. 2015). Parameters <c>weight_a</c> (general [Q, K], concat [A, Q + K]), <c>v</c> [A] (concat) and <c>weight_c</c> [Q, K + Q].
/// </summary>
/// <remarks>
/// It reads two sequences, so its own <see cref="Forward(Tape, Tensor, AttentionMemory)"/> takes both. As a plain <see cref="Layer"/> a sequence attends to itself.
/// </remarks>
public sealed class LuongAttention : Layer
{
    private readonly Parameter? _score;
    private readonly Parameter? _v;
    private readonly Parameter _output;

    /// <summary>Makes the layer with fresh weights.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public LuongAttention(LuongAttentionConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        config.ThrowIfInvalid();
        Config = config;
        int width = config.AttentionSize > 0 ? config.AttentionSize : config.QuerySize;
        if (config.Score == LuongScore.General)
        {
            _score = new Parameter("weight_a", config.QuerySize, config.KeySize);
        }
        else if (config.Score == LuongScore.Concat)
        {
            (_score, _v) = (new Parameter("weight_a", width, config.QuerySize + config.KeySize), new Parameter("v", width));
        }

        _output = new Parameter("weight_c", config.QuerySize, config.KeySize + config.QuerySize);
        foreach ((_, Parameter parameter) in Parameters())
        {
            (initialization ?? Initialization.Default).Input(parameter, random);
        }
    }

    /// <summary>Sizes and switches.</summary>
    public LuongAttentionConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters()
    {
        Parameter?[] all = [_score, _v, _output];
        return all.OfType<Parameter>().Select(parameter => (parameter.Name, parameter));
    }

    /// <summary>Prepares keys for any number of queries.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="keys">[S, B, K]; keys outside the mask must be finite and do not matter otherwise.</param>
    /// <param name="mask">Which keys may be seen; null for all.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public AttentionMemory Remember(Tape tape, Tensor keys, AttentionMask? mask = null)
    {
        ThrowIfMisfit(keys, Config.KeySize, "keys [S, B, K]");

        // [q; k] is never built: W_a [q; k] = W_a's left columns · q + its right columns · k.
        Tensor projected = Config.Score switch
        {
            LuongScore.General => tape.Linear(keys, _score!),
            LuongScore.Concat => tape.Linear(keys, tape.Columns(_score!, Config.QuerySize, Config.KeySize)),
            _ => keys,
        };
        return new AttentionMemory(keys, projected, mask);
    }

    /// <summary>Attends.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="queries">[L, B, Q]</param>
    /// <param name="memory">What <see cref="Remember"/> made of S keys.</param>
    /// <returns>tanh(W_c [c; q]) [L, B, Q], context c [L, B, K] and weights [B, 1, L, S].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Attentional, Tensor Context, Tensor Weights) Forward(Tape tape, Tensor queries, AttentionMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ThrowIfMisfit(queries, Config.QuerySize, "queries [L, B, Q]");
        Tensor scores = _v is null
            ? tape.DotScores(queries, memory.Projected)
            : tape.AdditiveScores(tape.Linear(queries, tape.Columns(_score!, 0, Config.QuerySize)), memory.Projected, _v);
        Tensor weights = tape.MaskedSoftmax(scores, memory.Mask);
        Tensor context = tape.WeightedSum(weights, memory.Keys);
        return (tape.Tanh(tape.Linear(tape.Concat(context, queries), _output)), context, weights);
    }

    /// <summary>A sequence attends to itself: queries and keys are both <paramref name="x"/>.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]; F is the size of queries and of keys.</param>
    /// <param name="state">Null: the layer remembers nothing.</param>
    /// <param name="lengths">Valid steps of each sequence; steps beyond are not attended to. Null when all have T.</param>
    /// <returns>The attentional vectors [T, B, F].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; queries and keys of different sizes need the other overload.</exception>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        (Forward(tape, x, Remember(tape, x, AttentionMask.FromLengths(lengths, x))).Attentional, null);

    private static void ThrowIfMisfit(Tensor sequence, int size, string what)
    {
        if (sequence.Rank != 3 || sequence.Shape[2] != size)
        {
            throw new ArgumentException($"Luong attention takes {what} with {size} features, found {sequence}", nameof(sequence));
        }
    }
}
