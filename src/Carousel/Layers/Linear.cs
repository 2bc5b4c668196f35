using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>y = x·Wᵀ + b on every time step. Parameters <c>weight</c> [O, I] and <c>bias</c> [O].</summary>
public sealed class Linear : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    /// <summary>Makes the layer with fresh weights; the bias starts at 0.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public Linear(LinearConfig config, RandomSource random, Initialization? initialization = null)
        : this(config, new Parameter("weight", Checked(config).OutputSize, config.InputSize))
    {
        ArgumentNullException.ThrowIfNull(random);
        (initialization ?? Initialization.Default).Input(_weight, random);
    }

    /// <summary>Makes a layer that shares its weight with another one, as a language model's head does with its embedding (Press &amp; Wolf 2017). The bias starts at 0.</summary>
    /// <remarks>The gradients of both users add up in the one parameter.</remarks>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="weight">W [O, I], such as <see cref="Embedding.Weight"/>.</param>
    /// <exception cref="ArgumentException">The config has problems, or the weight has another shape.</exception>
    public Linear(LinearConfig config, Parameter weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Config = Checked(config);
        if (!weight.Tensor.Shape.SequenceEqual([config.OutputSize, config.InputSize]))
        {
            throw new ArgumentException($"a linear layer with {config.InputSize} inputs and {config.OutputSize} outputs needs a weight [{config.OutputSize}, {config.InputSize}], found {weight}", nameof(weight));
        }

        _weight = weight;
        _bias = config.Bias ? new Parameter("bias", config.OutputSize) : null;
    }

    /// <summary>Sizes and switches.</summary>
    public LinearConfig Config { get; }

    /// <summary>W [O, I]</summary>
    public Parameter Weight => _weight;

    /// <summary>b [O], or null when the layer has none.</summary>
    public Parameter? Bias => _bias;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        _bias is null ? [("weight", _weight)] : [("weight", _weight), ("bias", _bias)];

    /// <summary>Applies the layer to every row.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, I]</param>
    /// <returns>[…, O]</returns>
    public Tensor Forward(Tape tape, Tensor x) => tape.Linear(x, _weight, _bias?.Tensor);

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) => (Forward(tape, x), null);

    private static LinearConfig Checked(LinearConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.ThrowIfInvalid();
        return config;
    }
}
