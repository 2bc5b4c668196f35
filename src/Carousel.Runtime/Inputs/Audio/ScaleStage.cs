namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Brings each number of a frame to mean 0 and deviation 1 with the scaler of the model file.</summary>
/// <param name="scaler">Of as many features as a frame has numbers.</param>
internal sealed class ScaleStage(StandardScaler scaler) : FrameStage
{
    /// <inheritdoc/>
    public override int Width => scaler.Features.Count;

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<float> frame, Span<float> output)
    {
        scaler.Scale(frame, output[..Width]);
        return true;
    }
}
