namespace Carousel.Jit;

/// <summary>How many columns of a strip exist.</summary>
internal enum StripPart
{
    /// <summary>All 32.</summary>
    Whole,

    /// <summary>17 … 31: the second register is partly used.</summary>
    MoreThanHalf,

    /// <summary>1 … 16: one register is enough.</summary>
    HalfOrLess,
}
