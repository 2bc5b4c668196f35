using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>Adam (Kingma &amp; Ba 2015), if asked for as AMSGrad (Reddi et al. 2018). Weight decay is an L2 penalty in the gradient; see <see cref="AdamWConfig"/>.</summary>
public record AdamConfig : OptimizerConfig
{
    /// <summary>β₁, share of the past in the mean of the gradients, 0 ≤ β₁ &lt; 1.</summary>
    /// <value>0.9</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, share of the past in the mean of the squared gradients, 0 ≤ β₂ &lt; 1.</summary>
    /// <value>0.999</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the mean square; above 0.</summary>
    /// <value>1e-8</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>True to divide by the largest mean square so far, so that step sizes never grow again (AMSGrad).</summary>
    /// <value>false</value>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override Optimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, Workers? workers = null, KernelSet? kernels = null) =>
        new Adam(parameters, this, workers, kernels);

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() =>
        base.Validate().Concat(ValidateShares(("beta1", Beta1), ("beta2", Beta2))).Concat(ValidateEpsilon(Epsilon));
}
