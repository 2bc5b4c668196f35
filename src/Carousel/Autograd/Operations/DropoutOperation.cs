using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Dropout (Srivastava et al. 2014).</summary>
public static class DropoutOperation
{
    /// <summary>While training, sets each element to zero with probability <paramref name="rate"/> and divides the rest by 1 − rate; else returns <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor Dropout(this Tape tape, Tensor x, float rate) =>
        tape.IsTraining && rate > 0 ? tape.Multiply(x, tape.DropoutMask(rate, x.Shape)) : x;

    /// <summary>A mask of independent 0 and 1/(1 − rate), to be used several times: on every time step, on a weight.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor DropoutMask(this Tape tape, float rate, params ReadOnlySpan<int> shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rate, 1);
        Tensor mask = tape.Empty(shape);
        float kept = 1 / (1 - rate);
        Forward();
        tape.Record("dropout_mask", [mask], [], static () => { }, Forward);
        return mask;

        void Forward() => tape.Random.FillMask(mask.Values, rate, kept);
    }
}
