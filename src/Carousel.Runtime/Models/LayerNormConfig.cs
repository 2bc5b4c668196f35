using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>y = (x − mean) / √(variance + ε)·γ + β over the features of each time step, biased variance (Ba et al. 2016).</summary>
/// <param name="Features">Features going in and coming out; 1 or more.</param>
public sealed record LayerNormConfig(int Features) : LayerConfig
{
    /// <summary>ε, added to the variance; above 0.</summary>
    /// <value>1e-5</value>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>True to learn γ and β.</summary>
    /// <value>true</value>
    public bool Affine { get; init; } = true;

    /// <inheritdoc/>
    public override int InputFeatures => Features;

    /// <inheritdoc/>
    public override int OutputFeatures => Features;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { Features = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with { Features = json.Get(Features), Epsilon = json.Get(Epsilon), Affine = json.Get(Affine) };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems().Size(Features).Positive(Epsilon);

    /// <summary>weight (γ) and bias (β), both [features], when learnt.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
        Affine ? [new("weight", [Features]), new("bias", [Features])] : [];
}
