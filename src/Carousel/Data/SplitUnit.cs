namespace Carousel.Data;

/// <summary>What the sizes of a split count.</summary>
public enum SplitUnit
{
    /// <summary>Shares of all rows.</summary>
    Fraction,

    /// <summary>Rows.</summary>
    Rows,

    /// <summary>Months of 30 days, by the time between two rows (the Informer protocol; Zhou et al., 2021).</summary>
    Months,
}
