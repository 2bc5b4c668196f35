namespace Carousel.Runtime.Predictors;

/// <summary>A word that was heard.</summary>
/// <param name="Text">The word.</param>
/// <param name="Start">Seconds from the beginning to the time step of its first label.</param>
/// <param name="End">Seconds from the beginning to the end of the time step of its last label.</param>
/// <param name="Confidence">Geometric mean of the probabilities of its labels where each was most probable, 0 … 1.</param>
public readonly record struct HeardWord(string Text, double Start, double End, double Confidence);
