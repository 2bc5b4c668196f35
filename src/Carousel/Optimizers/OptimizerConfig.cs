using System.Text.Json.Serialization;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>Which optimiser, and its settings.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(SgdConfig), "sgd")]
[JsonDerivedType(typeof(AdamConfig), "adam")]
[JsonDerivedType(typeof(AdamWConfig), "adamw")]
[JsonDerivedType(typeof(RmsPropConfig), "rmsprop")]
public abstract record OptimizerConfig
{
    /// <summary>η at the start, 0 or more.</summary>
    /// <value>0.001</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>λ, how strongly weights are drawn to zero, 0 or more: as L2 penalty λ/2·w² in the gradient; decoupled from it in AdamW.</summary>
    /// <value>0 (0.01 for AdamW)</value>
    public double WeightDecay { get; init; }

    /// <summary>False to spare biases and norms (<see cref="Parameter.Decays"/>), as is usual; true to shrink every parameter, as PyTorch does unless told otherwise.</summary>
    /// <value>false</value>
    public bool DecayVectors { get; init; }

    /// <summary>Makes the optimiser.</summary>
    /// <param name="parameters">What it changes, with unique names.</param>
    /// <param name="workers">Threads that share a step; null runs it on the caller's.</param>
    /// <param name="kernels">Kernel set; null takes the one this machine gets.</param>
    /// <exception cref="ArgumentException">This record has problems (all are listed), or two parameters share a name.</exception>
    public abstract Optimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, Workers? workers = null, KernelSet? kernels = null);

    /// <summary>Every problem of this record, each as one sentence that names the field, what was found and what is allowed; empty when it is sound.</summary>
    public virtual IEnumerable<string> Validate()
    {
        if (!(LearningRate >= 0 && double.IsFinite(LearningRate)))
        {
            yield return $"learning_rate is {LearningRate}, expected 0 or more";
        }

        if (!(WeightDecay >= 0 && double.IsFinite(WeightDecay)))
        {
            yield return $"weight_decay is {WeightDecay}, expected 0 or more";
        }
    }

    /// <summary>λ for one parameter.</summary>
    internal double DecayOf(Parameter parameter) => DecayVectors || parameter.Decays ? WeightDecay : 0;

    /// <summary>Problems of settings that are shares: averages over the past, momentum.</summary>
    private protected static IEnumerable<string> ValidateShares(params (string Name, double Value)[] shares) => shares
        .Where(share => !(share.Value >= 0 && share.Value < 1))
        .Select(share => $"{share.Name} is {share.Value}, expected 0 ≤ {share.Name} < 1");

    /// <summary>Problem of an ε.</summary>
    private protected static IEnumerable<string> ValidateEpsilon(double epsilon)
    {
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
        {
            yield return $"epsilon is {epsilon}, expected a number above 0";
        }
    }
}
