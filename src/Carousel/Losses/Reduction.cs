namespace Carousel.Losses;

/// <summary>How the terms of a loss become one number.</summary>
public enum Reduction
{
    /// <summary>Their weighted mean; ignored terms do not count, and the mean of nothing is 0.</summary>
    Mean,

    /// <summary>Their weighted sum.</summary>
    Sum,

    /// <summary>Not at all: the result holds every term.</summary>
    None,
}
