namespace Carousel.Optimizers;

/// <summary>How the size of all gradients together is measured.</summary>
public enum GradientNorm
{
    /// <summary>√Σ g²</summary>
    Euclidean,

    /// <summary>max |g|</summary>
    Largest,

    /// <summary>Σ |g|</summary>
    Absolute,
}
