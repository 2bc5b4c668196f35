using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>
/// Bahdanau's attention: score(q, k) = v·tanh(W_q q + W_k k [+ b]), weights = softmax over the keys, context = Σ weight · k (Bahdanau et al. 2015).
/// Parameters <c>weight_query</c> [A, Q], <c>weight_key</c> [A, K], <c>v</c> [A] and <c>bias</c> [A].
/// </summary>
/// <remarks>
/// It reads two sequences, so its own <see cref="Forward(Tape, Tensor, AttentionMemory)"/> takes both. As a plain <see cref="Layer"/> a sequence attends to itself.
/// </remarks>
public sealed class AdditiveAttention : Layer
{
    private readonly Parameter _query;
    private readonly Parameter _key;
    private readonly Parameter _v;
    private readonly Parameter? _bias;

    /// <summary>Makes the layer with fresh weights; the bias starts at 0.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public AdditiveAttention(AdditiveAttentionConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        config.ThrowIfInvalid();
        Config = config;
        _query = new Parameter("weight_query", config.AttentionSize, config.QuerySize);
        _key = new Parameter("weight_key", config.AttentionSize, config.KeySize);
        _v = new Parameter("v", config.AttentionSize);
        _bias = config.Bias ? new Parameter("bias", config.AttentionSize) : null;
        initialization ??= Initialization.Default;
        initialization.Input(_query, random);
        initialization.Input(_key, random);
        initialization.Input(_v, random);
    }

    /// <summary>Sizes and switches.</summary>
    public AdditiveAttentionConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters()
    {
        Parameter?[] all = [_query, _key, _v, _bias];
        return all.OfType<Parameter>().Select(parameter => (parameter.Name, parameter));
    }

    /// <summary>Prepares keys for any number of queries.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="keys">[S, B, K]; keys outside the mask must be finite and do not matter otherwise.</param>
    /// <param name="mask">Which keys may be seen; null for all.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public AttentionMemory Remember(Tape tape, Tensor keys, AttentionMask? mask = null) => new(keys, tape.Linear(keys, _key, _bias?.Tensor), mask);

    /// <summary>Attends.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="queries">[L, B, Q]</param>
    /// <param name="memory">What <see cref="Remember"/> made of S keys.</param>
    /// <returns>Context [L, B, K] and weights [B, 1, L, S].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Context, Tensor Weights) Forward(Tape tape, Tensor queries, AttentionMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Tensor weights = tape.MaskedSoftmax(tape.AdditiveScores(tape.Linear(queries, _query), memory.Projected, _v), memory.Mask);
        return (tape.WeightedSum(weights, memory.Keys), weights);
    }

    /// <summary>A sequence attends to itself: queries and keys are both <paramref name="x"/>.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]; F is the size of queries and of keys.</param>
    /// <param name="state">Null: the layer remembers nothing.</param>
    /// <param name="lengths">Valid steps of each sequence; steps beyond are not attended to. Null when all have T.</param>
    /// <returns>The contexts [T, B, F].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; queries and keys of different sizes need the other overload.</exception>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        (Forward(tape, x, Remember(tape, x, AttentionMask.FromLengths(lengths, x))).Context, null);
}
