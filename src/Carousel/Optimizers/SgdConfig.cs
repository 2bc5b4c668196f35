using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>Stochastic gradient descent (Robbins &amp; Monro 1951), if asked for with momentum (Polyak 1964; Nesterov 1983).</summary>
public sealed record SgdConfig : OptimizerConfig
{
    /// <summary>μ, share of the last step's velocity that is kept, 0 ≤ μ &lt; 1.</summary>
    /// <value>0</value>
    public double Momentum { get; init; }

    /// <summary>Share of the gradient that does not enter the velocity, 0 ≤ dampening &lt; 1.</summary>
    /// <value>0</value>
    public double Dampening { get; init; }

    /// <summary>True to step along the gradient as it would be after the velocity's move; needs momentum without dampening.</summary>
    /// <value>false</value>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override Optimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, Workers? workers = null, KernelSet? kernels = null) =>
        new Sgd(parameters, this, workers, kernels);

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate().Concat(ValidateShares(("momentum", Momentum), ("dampening", Dampening))))
        {
            yield return problem;
        }

        if (Nesterov && !(Momentum > 0 && Dampening == 0))
        {
            yield return $"nesterov needs momentum above 0 and dampening 0, found {Momentum} and {Dampening}";
        }
    }
}
