using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Rows of a table by number.</summary>
public static class EmbeddingLookup
{
    /// <inheritdoc cref="Embed(Tape, ReadOnlyMemory{int}, Tensor, int?)"/>
    public static Tensor Embed(this Tape tape, ReadOnlySpan<int> ids, Tensor table, int? paddingIndex = null) => tape.Embed(ids.ToArray().AsMemory(), table, paddingIndex);

    /// <summary>y_n = E[id_n]. The gradient adds the rows of repeated ids in the order of their positions and touches no other row.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="ids">Row numbers, each 0 … V − 1; read whenever the operation runs.</param>
    /// <param name="table">E [V, F]</param>
    /// <param name="paddingIndex">The row that is read like any other but gets no gradient; null for none.</param>
    /// <returns>[N, F] for N ids.</returns>
    /// <exception cref="ArgumentException">The table is no matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id leaves the table.</exception>
    public static Tensor Embed(this Tape tape, ReadOnlyMemory<int> ids, Tensor table, int? paddingIndex = null)
    {
        if (table.Rank != 2)
        {
            throw new ArgumentException($"an embedding table is a matrix [V, F], found {table}", nameof(table));
        }

        int rows = table.Shape[0], width = table.Shape[1];
        int[] kept = new int[ids.Length];
        Tensor y = tape.Empty(kept.Length, width);
        Forward();
        tape.Record("embedding", [y], [table], Backward, Forward);
        return y;

        void Forward()
        {
            ids.Span.CopyTo(kept);
            for (int at = 0; at < kept.Length; at++)
            {
                if ((uint)kept[at] >= (uint)rows)
                {
                    throw new ArgumentOutOfRangeException(nameof(ids), kept[at], $"id {at} of {kept.Length} is {kept[at]}, expected 0 … {rows - 1}, the rows of the embedding table");
                }

                Row(table.Values, kept[at], width).CopyTo(Row(y.Values, at, width));
            }
        }

        void Backward()
        {
            Span<float> sums = tape.GradientOfRows(table, kept);
            for (int at = 0; at < kept.Length; at++)
            {
                if (kept[at] != paddingIndex)
                {
                    Span<float> sum = Row(sums, kept[at], width);
                    TensorPrimitives.Add(sum, Row(y.Gradient, at, width), sum);
                }
            }
        }
    }

    private static Span<float> Row(Span<float> rows, int index, int width) => rows.Slice(index * width, width);
}
