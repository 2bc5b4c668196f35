using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>y = x·Wᵀ + b on every time step.</summary>
/// <param name="InputSize">Features going in; 1 or more.</param>
/// <param name="OutputSize">Features coming out; 1 or more.</param>
public sealed record LinearConfig(int InputSize, int OutputSize) : LayerConfig
{
    /// <summary>True to add the bias b.</summary>
    /// <value>true</value>
    public bool Bias { get; init; } = true;

    /// <inheritdoc/>
    public override int InputFeatures => InputSize;

    /// <inheritdoc/>
    public override int OutputFeatures => OutputSize;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { InputSize = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        InputSize = json.Get(InputSize),
        OutputSize = json.Get(OutputSize),
        Bias = json.Get(Bias),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems().Size(InputSize).Size(OutputSize);

    /// <summary>weight [output, input] and, if there is one, bias [output].</summary>
    public override IEnumerable<ParameterSpec> Parameters()
    {
        yield return new("weight", [OutputSize, InputSize]);
        if (Bias)
        {
            yield return new("bias", [OutputSize]);
        }
    }
}
