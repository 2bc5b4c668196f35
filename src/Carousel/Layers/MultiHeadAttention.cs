using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>
/// Multi-head attention, softmax(Q Kᵀ / √(E/heads)) V per head, heads joined and projected (Vaswani et al. 2017). Parameters as PyTorch's nn.MultiheadAttention:
/// <c>in_proj_weight</c> [3E, E] with rows for query, key, value (or <c>q_proj_weight</c>, <c>k_proj_weight</c>, <c>v_proj_weight</c> when the sizes differ),
/// <c>in_proj_bias</c> [3E], <c>out_proj.weight</c> [E, E], <c>out_proj.bias</c> [E].
/// </summary>
/// <remarks>
/// It reads up to three sequences, so its own <see cref="Forward(Tape, Tensor, Tensor, Tensor, AttentionMask?)"/> takes them. As a plain <see cref="Layer"/> a
/// sequence attends to itself.
/// </remarks>
public sealed class MultiHeadAttention : Layer
{
    private readonly Parameter[] _weights;
    private readonly Parameter? _bias;
    private readonly Linear _output;

    /// <summary>Makes the layer with fresh weights; biases start at 0.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public MultiHeadAttention(MultiHeadAttentionConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        config.ThrowIfInvalid();
        Config = config;
        int size = config.EmbeddingSize;
        _weights = config.HasJointProjection
            ? [new Parameter("in_proj_weight", 3 * size, size)]
            :
            [
                new Parameter("q_proj_weight", size, size),
                new Parameter("k_proj_weight", size, config.KeySize > 0 ? config.KeySize : size),
                new Parameter("v_proj_weight", size, config.ValueSize > 0 ? config.ValueSize : size),
            ];
        _bias = config.Bias ? new Parameter("in_proj_bias", 3 * size) : null;
        foreach (Parameter weight in _weights)
        {
            (initialization ?? Initialization.Default).Input(weight, random);
        }

        _output = new Linear(new LinearConfig(size, size) { Bias = config.Bias }, random, initialization);
    }

    /// <summary>Sizes and switches.</summary>
    public MultiHeadAttentionConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters()
    {
        Parameter[] inputs = _bias is null ? _weights : [.. _weights, _bias];
        return inputs.Select(parameter => (parameter.Name, parameter)).Concat(Within("out_proj", _output));
    }

    /// <summary>Attends.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="query">[L, B, E]</param>
    /// <param name="key">[S, B, K]; keys outside the mask must be finite and do not matter otherwise.</param>
    /// <param name="value">[S, B, V]; likewise.</param>
    /// <param name="mask">What each query may see; null for everything.</param>
    /// <returns>Output [L, B, E] and the weights of each head [B, heads, L, S], after dropout while training.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Output, Tensor Weights) Forward(Tape tape, Tensor query, Tensor key, Tensor value, AttentionMask? mask = null)
    {
        (Tensor attended, Tensor weights) = tape.ScaledDotProduct(Project(tape, query, 0), Project(tape, key, 1), Project(tape, value, 2), mask, Config.Heads, Config.Dropout);
        return (_output.Forward(tape, attended), weights);
    }

    /// <summary>A sequence attends to itself: query, key and value are all <paramref name="x"/>.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, E]</param>
    /// <param name="state">Null: the layer remembers nothing.</param>
    /// <param name="lengths">Valid steps of each sequence; steps beyond are not attended to. Null when all have T.</param>
    /// <returns>[T, B, E]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        (Forward(tape, x, x, x, AttentionMask.FromLengths(lengths, x)).Output, null);

    // Part 0 is the query, 1 the key, 2 the value.
    private Tensor Project(Tape tape, Tensor x, int part)
    {
        int size = Config.EmbeddingSize;
        Tensor weight = Config.HasJointProjection ? _weights[0].Tensor.Range(part * size, size) : _weights[part].Tensor;
        return tape.Linear(x, weight, _bias?.Tensor.Range(part * size, size));
    }
}
