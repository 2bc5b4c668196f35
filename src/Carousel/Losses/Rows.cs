using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>Losses with one term per row of logits.</summary>
internal static class Rows
{
    /// <summary>Runs <paramref name="body"/> for every row, spread over the tape's workers; rows must not depend on each other.</summary>
    public static void ForEach(Tape tape, int rows, Action<int> body)
    {
        int shards = Math.Min(tape.Workers.Threads, rows);
        tape.Workers.Run(shards, shard =>
        {
            for (int row = (int)((long)rows * shard / shards); row < (int)((long)rows * (shard + 1) / shards); row++)
            {
                body(row);
            }
        });
    }

    /// <summary>Adds to the gradient of the logits, row by row, the term's gradient times the row of slopes ∂term/∂logits.</summary>
    public static void AddScaled(Tape tape, Tensor terms, Tensor slopes, Tensor logits)
    {
        tape.GradientOf(logits);
        int width = logits.Shape[^1];
        ForEach(tape, terms.Length, row =>
        {
            float scale = terms.Gradient[row];
            if (scale != 0)
            {
                Span<float> gradient = logits.Gradient.Slice(row * width, width);
                TensorPrimitives.MultiplyAdd(slopes.Values.Slice(row * width, width), scale, gradient, gradient);
            }
        });
    }
}
