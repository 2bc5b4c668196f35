namespace Carousel.Runtime.Kernels;

/// <summary>The scalars of one Adam update, bias corrections already worked out: w ← (1 − Decay)·w − Rate · m / (√v · InverseRootCorrection + Epsilon).</summary>
/// <param name="Rate">Learning rate divided by 1 − β₁ᵗ.</param>
/// <param name="Beta1">β₁, decay of the mean.</param>
/// <param name="Beta2">β₂, decay of the variance.</param>
/// <param name="InverseRootCorrection">1 / √(1 − β₂ᵗ).</param>
/// <param name="Epsilon">ε, added to the root.</param>
/// <param name="Decay">Learning rate times decoupled weight decay (AdamW); 0 for none.</param>
/// <param name="GradientScale">Factor on every gradient before use, for clipping by norm; 1 for none.</param>
public readonly record struct AdamStep(float Rate, float Beta1, float Beta2, float InverseRootCorrection, float Epsilon, float Decay, float GradientScale);
