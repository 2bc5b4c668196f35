using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>RMSprop (Tieleman &amp; Hinton 2012), if asked for centred and with momentum (Graves 2013).</summary>
public sealed record RmsPropConfig : OptimizerConfig
{
    /// <summary>α, share of the past in the mean square, 0 ≤ α &lt; 1.</summary>
    /// <value>0.99</value>
    public double Alpha { get; init; } = 0.99;

    /// <summary>μ, share of the last step's velocity that is kept, 0 ≤ μ &lt; 1.</summary>
    /// <value>0</value>
    public double Momentum { get; init; }

    /// <summary>ε, added to the root; above 0.</summary>
    /// <value>1e-8</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>True to divide by the deviation from the mean gradient instead of by the mean square.</summary>
    /// <value>false</value>
    public bool Centered { get; init; }

    /// <inheritdoc/>
    public override Optimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, Workers? workers = null, KernelSet? kernels = null) =>
        new RmsProp(parameters, this, workers, kernels);

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() =>
        base.Validate().Concat(ValidateShares(("alpha", Alpha), ("momentum", Momentum))).Concat(ValidateEpsilon(Epsilon));
}
