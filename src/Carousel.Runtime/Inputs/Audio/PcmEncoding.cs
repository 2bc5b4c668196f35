namespace Carousel.Runtime.Inputs.Audio;

/// <summary>How one sample of raw PCM is written, little-endian.</summary>
public enum PcmEncoding
{
    /// <summary>Signed whole numbers of 16 bits: s16le.</summary>
    Int16,

    /// <summary>Floating point of 32 bits: f32le.</summary>
    Single,
}
