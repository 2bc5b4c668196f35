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
    public override IEnumerable<string> Validate()
    {
        if (InputSize < 1)
        {
            yield return $"input_size is {InputSize}, expected 1 or more";
        }

        if (OutputSize < 1)
        {
            yield return $"output_size is {OutputSize}, expected 1 or more";
        }
    }
}
