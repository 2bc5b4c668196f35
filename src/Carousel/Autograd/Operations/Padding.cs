using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>What lets sequences of different lengths share a batch: what stands beyond a sequence's end is never read, whatever it is.</summary>
public static class Padding
{
    /// <summary>x with 0 beyond each sequence's end; no gradient flows there.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]</param>
    /// <param name="lengths">Valid steps of each sequence, 0 … T.</param>
    /// <returns>[T, B, F]</returns>
    public static Tensor ClearPadding(this Tape tape, Tensor x, IReadOnlyList<int> lengths)
    {
        int steps = x.Shape[0], batch = x.Shape[1], width = x.Shape[2];
        Tensor y = tape.Zeros(x.Shape);
        AddValid(x.Values, y.Values);
        tape.Record("clear_padding", [y], [x], () => AddValid(y.Gradient, tape.GradientOf(x)));
        return y;

        void AddValid(ReadOnlySpan<float> from, Span<float> to)
        {
            for (int row = 0; row < steps * batch; row++)
            {
                if (row / batch < lengths[row % batch])
                {
                    Span<float> target = to.Slice(row * width, width);
                    TensorPrimitives.Add(target, from.Slice(row * width, width), target);
                }
            }
        }
    }

    /// <summary>The state after a step: new for sequences that reach it, old for those that do not.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="before">[B, F]</param>
    /// <param name="after">[B, F]</param>
    /// <param name="t">The time step.</param>
    /// <param name="lengths">Valid steps of each sequence.</param>
    /// <returns>[B, F]</returns>
    public static Tensor Advance(this Tape tape, Tensor before, Tensor after, int t, IReadOnlyList<int> lengths)
    {
        Tensor y = tape.Empty(after.Shape);
        for (int row = 0; row < lengths.Count; row++)
        {
            Source(row).At(row).Values.CopyTo(y.At(row).Values);
        }

        tape.Record("advance", [y], [before, after], () =>
        {
            for (int row = 0; row < lengths.Count; row++)
            {
                Tensor source = Source(row);
                if (source.NeedsGradient)
                {
                    tape.GradientOf(source);
                    Arithmetic.Accumulate(tape, source.At(row), y.At(row).Gradient);
                }
            }
        });
        return y;

        Tensor Source(int row) => t < lengths[row] ? after : before;
    }
}
