namespace Carousel.Optimizers;

/// <summary>Adam with decoupled weight decay w ← (1 − ηλ)·w before each step (Loshchilov &amp; Hutter 2019).</summary>
public sealed record AdamWConfig : AdamConfig
{
    /// <summary>The usual settings: Adam's, and a weight decay of 0.01.</summary>
    public AdamWConfig() => WeightDecay = 0.01;
}
