using Carousel.Autograd;

namespace Carousel.Training;

/// <summary>Training met a number that is not finite and stopped before it could reach the weights.</summary>
public sealed class NonFiniteNumberException : ArithmeticException
{
    /// <summary>Names the place.</summary>
    /// <param name="step">The update that was about to be made, from 1.</param>
    /// <param name="quantity">What was found not to be finite: loss, gradient norm.</param>
    /// <param name="origin">The first such number in the order of computation; null when no recorded tensor holds one.</param>
    /// <param name="weight">A parameter that holds such a number; null when all are finite.</param>
    public NonFiniteNumberException(int step, string quantity, NonFiniteNumber? origin, NonFiniteNumber? weight = null)
        : base($"step {step}: {quantity} is not finite; {origin?.ToString() ?? "every recorded tensor is finite, so it overflowed in the sum itself"}. "
            + (weight is null ? "" : $"It comes from {weight}. ")
            + "The weights are those of the step before. Lower the learning rate, clip the gradient norm, or look at the examples of this step.")
    {
        Step = step;
        Origin = origin;
    }

    /// <summary>The update that was about to be made, from 1.</summary>
    public int Step { get; }

    /// <summary>The first such number in the order of computation.</summary>
    public NonFiniteNumber? Origin { get; }
}
