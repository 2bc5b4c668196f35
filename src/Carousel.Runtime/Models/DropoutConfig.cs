using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>Sets features to zero at random while training and scales the others by 1 / (1 − p); does nothing otherwise (Srivastava et al. 2014).</summary>
/// <param name="Features">Features going in and coming out; 1 or more.</param>
/// <param name="Rate">p, share that is dropped, 0 ≤ p &lt; 1.</param>
public sealed record DropoutConfig(int Features, float Rate) : LayerConfig
{
    /// <inheritdoc/>
    public override int InputFeatures => Features;

    /// <inheritdoc/>
    public override int OutputFeatures => Features;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { Features = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with { Features = json.Get(Features), Rate = json.Get(Rate) };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems().Size(Features).Rate(Rate);

    /// <summary>None.</summary>
    public override IEnumerable<ParameterSpec> Parameters() => [];
}
