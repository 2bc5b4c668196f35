namespace Carousel.Runtime.Kernels.Steps;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal static class BrainFloat
{
    private const uint Exponent = 0x7F80;

    /// <summary>
    /// The nearest bfloat16, ties to even; 0 for what would be denormal, because multiplying by it is slow, and the largest finite number for what would be infinite.
    /// </summary>
    /// <param name="value">Finite.</param>
    public static ushort Bits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
        if ((rounded & Exponent) == Exponent)
        {
            rounded = bits >> 16;
        }

        return (rounded & Exponent) == 0 ? (ushort)0 : (ushort)rounded;
    }

    /// <summary>The value that is stored for <paramref name="value"/>.</summary>
    public static float Round(float value) => BitConverter.UInt32BitsToSingle((uint)Bits(value) << 16);
}
