using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>Layer normalisation over the features of each time step (Ba et al. 2016). Parameters <c>weight</c> (γ) and <c>bias</c> (β), both [F].</summary>
public sealed class LayerNorm : Layer
{
    private readonly Parameter? _gamma;
    private readonly Parameter? _beta;

    /// <summary>Makes the layer with γ = 1 and β = 0.</summary>
    /// <param name="config">Size and switches.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public LayerNorm(LayerNormConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.ThrowIfInvalid();
        Config = config;
        if (config.Affine)
        {
            (_gamma, _beta) = (new Parameter("weight", config.Features), new Parameter("bias", config.Features));
            _gamma.Tensor.Values.Fill(1);
        }
    }

    /// <summary>Size and switches.</summary>
    public LayerNormConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        _gamma is null || _beta is null ? [] : [("weight", _gamma), ("bias", _beta)];

    /// <summary>Normalises every row.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, F]</param>
    /// <returns>[…, F]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Forward(Tape tape, Tensor x) =>
        x.Rank > 0 && x.Shape[^1] == Config.Features
            ? tape.LayerNorm(x, _gamma?.Tensor, _beta?.Tensor, Config.Epsilon)
            : throw new ArgumentException($"layer norm takes {Config.Features} features, found {x}", nameof(x));

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) => (Forward(tape, x), null);
}
