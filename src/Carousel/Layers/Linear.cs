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
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"linear: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        _weight = new Parameter("weight", config.OutputSize, config.InputSize);
        _bias = config.Bias ? new Parameter("bias", config.OutputSize) : null;
        (initialization ?? Initialization.Default).Input(_weight, random);
    }

    /// <summary>Sizes and switches.</summary>
    public LinearConfig Config { get; }

    /// <summary>W [O, I]</summary>
    public Parameter Weight => _weight;

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
}
