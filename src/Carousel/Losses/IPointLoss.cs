namespace Carousel.Losses;

/// <summary>A loss of one prediction against one target.</summary>
internal interface IPointLoss
{
    /// <summary>ℓ and ∂ℓ/∂prediction.</summary>
    (float Loss, float Slope) Evaluate(float prediction, float target);
}
