using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>While training, sets each feature to zero with probability p and scales the rest by 1 / (1 − p) (Srivastava et al. 2014); else does nothing. No parameters.</summary>
public sealed class Dropout : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="config">Size and rate.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public Dropout(DropoutConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.ThrowIfInvalid();
        Config = config;
    }

    /// <summary>Size and rate.</summary>
    public DropoutConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() => [];

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        x.Rank > 0 && x.Shape[^1] == Config.Features
            ? (tape.Dropout(x, Config.Rate), null)
            : throw new ArgumentException($"dropout takes {Config.Features} features, found {x}", nameof(x));
}
