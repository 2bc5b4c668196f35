using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>
/// A Transformer encoder layer (Vaswani et al. 2017), as PyTorch's nn.TransformerEncoderLayer. With a(x) the self-attention and f(x) = linear2(act(linear1(x))):
/// <code>
/// norm last    y = norm1(x + a(x))     z = norm2(y + f(y))
/// norm first   y = x + a(norm1(x))     z = y + f(norm2(y))
/// </code>
/// Parameters <c>self_attn.*</c>, <c>linear1.*</c>, <c>linear2.*</c>, <c>norm1.*</c>, <c>norm2.*</c>.
/// </summary>
public sealed class EncoderLayer : Layer
{
    private readonly MultiHeadAttention _attention;
    private readonly Linear _widen;
    private readonly Linear _narrow;
    private readonly LayerNorm _attentionNorm;
    private readonly LayerNorm _feedForwardNorm;

    /// <summary>Makes the layer with fresh weights; biases start at 0, norms at γ = 1 and β = 0.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public EncoderLayer(EncoderLayerConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.ThrowIfInvalid();
        Config = config;
        _attention = new MultiHeadAttention(config.Attention, random, initialization);
        _widen = new Linear(new LinearConfig(config.ModelSize, config.FeedForwardSize), random, initialization);
        _narrow = new Linear(new LinearConfig(config.FeedForwardSize, config.ModelSize), random, initialization);
        _attentionNorm = new LayerNorm(new LayerNormConfig(config.ModelSize) { Epsilon = config.Epsilon });
        _feedForwardNorm = new LayerNorm(new LayerNormConfig(config.ModelSize) { Epsilon = config.Epsilon });
    }

    /// <summary>Sizes and switches.</summary>
    public EncoderLayerConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
    [
        .. Within("self_attn", _attention),
        .. Within("linear1", _widen),
        .. Within("linear2", _narrow),
        .. Within("norm1", _attentionNorm),
        .. Within("norm2", _feedForwardNorm),
    ];

    /// <summary>Runs the layer.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, E]</param>
    /// <param name="mask">What each position may see, beyond what <see cref="EncoderLayerConfig.Causal"/> forbids; null for everything.</param>
    /// <returns>[T, B, E]. Masked positions are computed like any other, from the keys that may be seen.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Forward(Tape tape, Tensor x, AttentionMask? mask = null)
    {
        if (Config.Causal)
        {
            mask = (mask ?? new AttentionMask()) with { Causal = true };
        }

        if (Config.NormFirst)
        {
            x = tape.Add(x, Attend(tape, _attentionNorm.Forward(tape, x), mask));
            return tape.Add(x, FeedForward(tape, _feedForwardNorm.Forward(tape, x)));
        }

        x = _attentionNorm.Forward(tape, tape.Add(x, Attend(tape, x, mask)));
        return _feedForwardNorm.Forward(tape, tape.Add(x, FeedForward(tape, x)));
    }

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        (Forward(tape, x, AttentionMask.FromLengths(lengths, x)), null);

    private Tensor Attend(Tape tape, Tensor x, AttentionMask? mask) => tape.Dropout(_attention.Forward(tape, x, x, x, mask).Output, Config.Dropout);

    private Tensor FeedForward(Tape tape, Tensor x)
    {
        Tensor wide = _widen.Forward(tape, x);
        Tensor active = Config.Activation == EncoderActivation.Gelu ? tape.Gelu(wide) : tape.Relu(wide);
        return tape.Dropout(_narrow.Forward(tape, tape.Dropout(active, Config.Dropout)), Config.Dropout);
    }
}
