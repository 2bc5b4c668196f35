using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Joining, cutting and reordering axes. (Ranges of the first axis and new shapes need no operation: they are views of <see cref="Tensor"/>.)</summary>
public static class Rearrangement
{
    /// <summary>Joins tensors along the last axis.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="parts">[…, Fᵢ], equal in all other axes.</param>
    /// <returns>[…, Σ Fᵢ]</returns>
    /// <exception cref="ArgumentException">The other axes differ, or there is nothing to join.</exception>
    public static Tensor Concat(this Tape tape, params ReadOnlySpan<Tensor> parts)
    {
        Tensor[] joined = parts.ToArray();
        if (joined.Length == 0 || joined.Any(part => part.Rank == 0 || !part.Shape[..^1].SequenceEqual(joined[0].Shape[..^1])))
        {
            throw new ArgumentException($"cannot join {string.Join(", ", joined.Select(part => part.ToString()))} along the last axis", nameof(parts));
        }

        int width = joined.Sum(part => part.Shape[^1]);
        Tensor y = tape.Empty([.. joined[0].Shape[..^1], width]);
        Forward();
        tape.Record("concat", [y], joined, () =>
        {
            int from = 0;
            foreach (Tensor part in joined)
            {
                int columns = part.Shape[^1];
                if (part.NeedsGradient)
                {
                    CopyColumns(y.Gradient, width, from, tape.GradientOf(part), columns, 0, columns, add: true);
                }

                from += columns;
            }
        }, Forward);
        return y;

        void Forward()
        {
            int start = 0;
            foreach (Tensor part in joined)
            {
                int columns = part.Shape[^1];
                CopyColumns(part.Values, columns, 0, y.Values, width, start, columns, add: false);
                start += columns;
            }
        }
    }

    /// <summary>Columns <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1 of the last axis.</summary>
    /// <returns>[…, count]</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
    public static Tensor Columns(this Tape tape, Tensor x, int start, int count)
    {
        int width = x.Shape[^1];
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, width);
        Tensor y = tape.Empty([.. x.Shape[..^1], count]);
        CopyColumns(x.Values, width, start, y.Values, count, 0, count, add: false);
        tape.Record("columns", [y], [x], () => CopyColumns(y.Gradient, count, 0, tape.GradientOf(x), width, start, count, add: true));
        return y;
    }

    /// <summary>Cuts the last axis into blocks of one width.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, count · F]</param>
    /// <param name="count">Number of blocks.</param>
    /// <returns>count tensors […, F].</returns>
    /// <exception cref="ArgumentException">The axis does not divide into that many blocks.</exception>
    public static Tensor[] Split(this Tape tape, Tensor x, int count)
    {
        int width = x.Shape[^1], columns = count < 1 ? 0 : width / count;
        if (columns * count != width)
        {
            throw new ArgumentException($"the last axis of {x} does not divide into {count} blocks", nameof(count));
        }

        var parts = new Tensor[count];
        for (int i = 0; i < count; i++)
        {
            parts[i] = tape.Empty([.. x.Shape[..^1], columns]);
            CopyColumns(x.Values, width, i * columns, parts[i].Values, columns, 0, columns, add: false);
        }

        tape.Record("split", parts, [x], () =>
        {
            for (int i = 0; i < count; i++)
            {
                CopyColumns(parts[i].Gradient, columns, 0, tape.GradientOf(x), width, i * columns, columns, add: true);
            }
        });
        return parts;
    }

    /// <summary>Puts tensors of one shape behind each other along a new first axis.</summary>
    /// <returns>[count, …]</returns>
    /// <exception cref="ArgumentException">The shapes differ, or there is nothing to stack.</exception>
    public static Tensor Stack(this Tape tape, params ReadOnlySpan<Tensor> parts)
    {
        Tensor[] stacked = parts.ToArray();
        if (stacked.Length == 0 || stacked.Any(part => !part.Shape.SequenceEqual(stacked[0].Shape)))
        {
            throw new ArgumentException($"cannot stack {string.Join(", ", stacked.Select(part => part.ToString()))}", nameof(parts));
        }

        Tensor y = tape.Empty([stacked.Length, .. stacked[0].Shape]);
        int length = stacked[0].Length;
        Forward();
        tape.Record("stack", [y], stacked, () =>
        {
            for (int i = 0; i < stacked.Length; i++)
            {
                Arithmetic.Accumulate(tape, stacked[i], y.Gradient.Slice(i * length, length));
            }
        }, Forward);
        return y;

        void Forward()
        {
            for (int i = 0; i < stacked.Length; i++)
            {
                stacked[i].Values.CopyTo(y.Values[(i * length)..]);
            }
        }
    }

    /// <summary>Swaps two axes.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="first">Smaller axis index.</param>
    /// <param name="second">Larger axis index.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ first &lt; second &lt; rank.</exception>
    public static Tensor Swap(this Tape tape, Tensor x, int first, int second)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(first, second);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(second, x.Rank);
        int[] shape = x.Shape.ToArray();
        int[] swapped = [.. shape];
        (swapped[first], swapped[second]) = (shape[second], shape[first]);
        Tensor y = tape.Empty(swapped);
        int outer = Tensor.Count(shape.AsSpan(0, first)), middle = Tensor.Count(shape.AsSpan(first + 1, second - first - 1)), inner = Tensor.Count(shape.AsSpan(second + 1));
        SwapAxes(x.Values, y.Values, outer, shape[first], middle, shape[second], inner, add: false);
        tape.Record("swap", [y], [x], () => SwapAxes(y.Gradient, tape.GradientOf(x), outer, shape[second], middle, shape[first], inner, add: true));
        return y;
    }

    private static void CopyColumns(ReadOnlySpan<float> from, int fromWidth, int fromStart, Span<float> to, int toWidth, int toStart, int count, bool add)
    {
        int rows = fromWidth == 0 ? 0 : from.Length / fromWidth;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> source = from.Slice((row * fromWidth) + fromStart, count);
            Span<float> target = to.Slice((row * toWidth) + toStart, count);
            if (add)
            {
                TensorPrimitives.Add(target, source, target);
            }
            else
            {
                source.CopyTo(target);
            }
        }
    }

    // from [outer, a, middle, b, inner] to [outer, b, middle, a, inner]
    private static void SwapAxes(ReadOnlySpan<float> from, Span<float> to, int outer, int a, int middle, int b, int inner, bool add)
    {
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < a; i++)
            {
                for (int m = 0; m < middle; m++)
                {
                    for (int j = 0; j < b; j++)
                    {
                        ReadOnlySpan<float> source = from.Slice(((((((o * a) + i) * middle) + m) * b) + j) * inner, inner);
                        Span<float> target = to.Slice(((((((o * b) + j) * middle) + m) * a) + i) * inner, inner);
                        if (add)
                        {
                            TensorPrimitives.Add(target, source, target);
                        }
                        else
                        {
                            source.CopyTo(target);
                        }
                    }
                }
            }
        }
    }
}
