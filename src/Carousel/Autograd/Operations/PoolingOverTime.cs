using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>
/// All time steps of a sequence into one. What lies beyond a sequence's own end is not read; a sequence of length 0 gives 0 and takes no gradient. Sums run in the order of time.
/// </summary>
public static class PoolingOverTime
{
    /// <summary>What stands at each sequence's end: the last valid step, and for features that run backwards the first.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]</param>
    /// <param name="lengths">Valid steps of each sequence, 0 … T; null when all have T.</param>
    /// <param name="backward">How many of the F features, the last ones, run backwards.</param>
    /// <returns>[B, F]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor Ends(this Tape tape, Tensor x, IReadOnlyList<int>? lengths = null, int backward = 0)
    {
        int[] valid = Valid(x, lengths);
        int batch = x.Shape[1], width = x.Shape[2], forward = width - backward;
        ArgumentOutOfRangeException.ThrowIfNegative(backward);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(backward, width);
        Tensor y = tape.Zeros(batch, width);
        for (int row = 0; row < batch; row++)
        {
            foreach ((int from, int to, int count) in EndsOf(row))
            {
                x.Values.Slice(from, count).CopyTo(y.Values[to..]);
            }
        }

        tape.Record("ends", [y], [x], () =>
        {
            Span<float> dx = tape.GradientOf(x);
            for (int row = 0; row < batch; row++)
            {
                foreach ((int from, int to, int count) in EndsOf(row))
                {
                    Span<float> target = dx.Slice(from, count);
                    TensorPrimitives.Add(target, y.Gradient.Slice(to, count), target);
                }
            }
        });
        return y;

        (int From, int To, int Count)[] EndsOf(int row) => valid[row] == 0
            ? []
            : [((((valid[row] - 1) * batch) + row) * width, row * width, forward), ((row * width) + forward, (row * width) + forward, backward)];
    }

    /// <summary>The largest value of each feature; the gradient goes to the first step that has it.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]</param>
    /// <param name="lengths">Valid steps of each sequence, 0 … T; null when all have T.</param>
    /// <returns>[B, F]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor MaxOverTime(this Tape tape, Tensor x, IReadOnlyList<int>? lengths = null)
    {
        int[] valid = Valid(x, lengths);
        int batch = x.Shape[1], width = x.Shape[2];
        Tensor y = tape.Zeros(batch, width);
        int[] steps = new int[batch * width];
        tape.Workers.Run(batch, row =>
        {
            Span<float> largest = y.Values.Slice(row * width, width);
            Span<int> from = steps.AsSpan(row * width, width);
            for (int step = 0; step < valid[row]; step++)
            {
                ReadOnlySpan<float> now = x.Values.Slice(((step * batch) + row) * width, width);
                for (int feature = 0; feature < width; feature++)
                {
                    if (step == 0 || now[feature] > largest[feature])
                    {
                        (largest[feature], from[feature]) = (now[feature], step);
                    }
                }
            }
        });

        tape.Record("max_over_time", [y], [x], () =>
        {
            Span<float> dx = tape.GradientOf(x), dy = y.Gradient;
            for (int at = 0; at < steps.Length; at++)
            {
                if (valid[at / width] > 0)
                {
                    dx[(steps[at] * batch * width) + at] += dy[at];
                }
            }
        });
        return y;
    }

    /// <summary>The mean of each feature.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, F]</param>
    /// <param name="lengths">Valid steps of each sequence, 0 … T; null when all have T.</param>
    /// <returns>[B, F]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor MeanOverTime(this Tape tape, Tensor x, IReadOnlyList<int>? lengths = null)
    {
        int[] valid = Valid(x, lengths);
        int batch = x.Shape[1], width = x.Shape[2];
        Tensor y = tape.Zeros(batch, width);
        tape.Workers.Run(batch, row =>
        {
            Span<float> mean = y.Values.Slice(row * width, width);
            for (int step = 0; step < valid[row]; step++)
            {
                ReadOnlySpan<float> now = x.Values.Slice(((step * batch) + row) * width, width);
                if (step == 0)
                {
                    now.CopyTo(mean);
                }
                else
                {
                    TensorPrimitives.Add(mean, now, mean);
                }
            }

            if (valid[row] > 0)
            {
                TensorPrimitives.Divide(mean, valid[row], mean);
            }
        });

        tape.Record("mean_over_time", [y], [x], () =>
        {
            tape.GradientOf(x);
            tape.Workers.Run(batch, row =>
            {
                ReadOnlySpan<float> dy = y.Gradient.Slice(row * width, width);
                for (int step = 0; step < valid[row]; step++)
                {
                    Span<float> dx = x.Gradient.Slice(((step * batch) + row) * width, width);
                    TensorPrimitives.MultiplyAdd(dy, 1f / valid[row], dx, dx);
                }
            });
        });
        return y;
    }

    private static int[] Valid(Tensor x, IReadOnlyList<int>? lengths)
    {
        if (x.Rank != 3)
        {
            throw new ArgumentException($"pooling over time takes [T, B, F], found {x}", nameof(x));
        }

        int steps = x.Shape[0], batch = x.Shape[1];
        return lengths is null
            ? [.. Enumerable.Repeat(steps, batch)]
            : lengths.Count == batch && lengths.All(length => length >= 0 && length <= steps)
                ? [.. lengths]
                : throw new ArgumentException($"lengths must be {batch} numbers from 0 to {steps} for {x}, found [{string.Join(", ", lengths)}]", nameof(lengths));
    }
}
