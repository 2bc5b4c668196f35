using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>Joining, cutting, swapping, padding, looking up.</summary>
internal sealed class RearrangementGradients : IGradientCases
{
    private readonly RandomSource _random = new(4);

    public IEnumerable<GradientCase> Cases()
    {
        yield return Case(nameof(Rearrangement.Concat), "", [X(3, 5, 2), X(3, 5, 7), X(3, 5, 1)], (tape, x) => [tape.Concat(x)], x => [Concat(x)]);
        yield return Case(nameof(Rearrangement.Concat), "the same tensor twice", [X(3, 5)], (tape, x) => [tape.Concat(x[0], x[0])], x => [Concat([x[0], x[0]])]);
        yield return Case(nameof(Rearrangement.Columns), "", [X(3, 5, 7)], (tape, x) => [tape.Columns(x[0], 2, 3)], x => [Columns(x[0], 2, 3)]);
        yield return Case(nameof(Rearrangement.Split), "", [X(3, 15)], (tape, x) => tape.Split(x[0], 3), x => Split(x[0], 3));
        yield return Case(nameof(Rearrangement.Stack), "", [X(3, 5), X(3, 5)], (tape, x) => [tape.Stack(x)], x => [new([2, 3, 5], [.. x[0].Data, .. x[1].Data])]);
        yield return Case(nameof(Rearrangement.Swap), "first axes", [X(3, 5, 7)], (tape, x) => [tape.Swap(x[0], 0, 1)], x => [Swap(x[0], 0, 1)]);
        yield return Case(nameof(Rearrangement.Swap), "last axes", [X(3, 5, 7)], (tape, x) => [tape.Swap(x[0], 1, 2)], x => [Swap(x[0], 1, 2)]);
        yield return Case(nameof(Rearrangement.Swap), "outer axes", [X(3, 5, 7)], (tape, x) => [tape.Swap(x[0], 0, 2)], x => [Swap(x[0], 0, 2)]);

        int[] lengths = [4, 0, 2];
        yield return new(typeof(Padding), nameof(Padding.ClearPadding), "", [X(4, 3, 5)],
            (tape, x) => [tape.ClearPadding(x[0], lengths)], x => [x[0].Map((a, i) => i / 15 < lengths[i / 5 % 3] ? a : 0)]);
        yield return new(typeof(Padding), nameof(Padding.Advance), "", [X(3, 5), X(3, 5)],
            (tape, x) => [tape.Advance(x[0], x[1], 2, lengths)], x => [x[0].Zip(x[1], (_, after) => after).Map((after, i) => lengths[i / 5] > 2 ? after : x[0][i])]);

        // Row 2 is read three times, row 3 never; row 1 is padding in the second case and gets no gradient, which the reference knows as a constant.
        int[] ids = [2, 0, 2, 1, 4, 2];
        Array64 table = X(5, 7);
        yield return new(typeof(EmbeddingLookup), nameof(EmbeddingLookup.Embed), "repeated ids", [table], (tape, x) => [tape.Embed(ids, x[0])], x => [Rows(x[0], ids)]);
        yield return new(typeof(EmbeddingLookup), nameof(EmbeddingLookup.Embed), "padding index", [table],
            (tape, x) => [tape.Embed(ids, x[0], paddingIndex: 1)], x => [Rows(x[0].Map((a, i) => i / 7 == 1 ? table[i] : a), ids)]);

        yield return new(typeof(LstmGatesOperation), nameof(LstmGatesOperation.SplitGates), "", [X(3, 20)],
            (tape, x) => tape.SplitGates(x[0]) is var (i, f, g, o) ? [i, f, g, o] : [], x => Split(x[0], 4));
        yield return new(typeof(LstmGatesOperation), nameof(LstmGatesOperation.SplitGruGates), "", [X(3, 15)],
            (tape, x) => tape.SplitGruGates(x[0]) is var (r, z, n) ? [r, z, n] : [], x => Split(x[0], 3));
    }

    internal static Array64 Columns(Array64 x, int start, int count)
    {
        var y = new Array64([.. x.Shape[..^1], count]);
        for (int row = 0; row < x.Length / x.Shape[^1]; row++)
        {
            x.Row(row).Slice(start, count).CopyTo(y.Row(row));
        }

        return y;
    }

    private static Array64 Concat(Array64[] parts)
    {
        var y = new Array64([.. parts[0].Shape[..^1], parts.Sum(part => part.Shape[^1])]);
        for (int row = 0; row < y.Length / y.Shape[^1]; row++)
        {
            int start = 0;
            foreach (Array64 part in parts)
            {
                part.Row(row).CopyTo(y.Row(row)[start..]);
                start += part.Shape[^1];
            }
        }

        return y;
    }

    private static Array64[] Split(Array64 x, int count)
    {
        int width = x.Shape[^1] / count;
        return [.. Enumerable.Range(0, count).Select(part => Columns(x, part * width, width))];
    }

    private static Array64 Rows(Array64 table, int[] ids) => new([ids.Length, table.Shape[1]], [.. ids.SelectMany(id => table.Row(id).ToArray())]);

    private static Array64 Swap(Array64 x, int first, int second)
    {
        int[] shape = [.. x.Shape];
        (shape[first], shape[second]) = (shape[second], shape[first]);
        var y = new Array64(shape);
        for (int i = 0; i < x.Shape[0]; i++)
        {
            for (int j = 0; j < x.Shape[1]; j++)
            {
                for (int k = 0; k < x.Shape[2]; k++)
                {
                    int[] at = [i, j, k];
                    (at[first], at[second]) = (at[second], at[first]);
                    y[at[0], at[1], at[2]] = x[i, j, k];
                }
            }
        }

        return y;
    }

    private static GradientCase Case(string method, string switches, Array64[] inputs, Func<Carousel.Autograd.Tape, Tensor[], Tensor[]> run, Func<Array64[], Array64[]> reference) =>
        new(typeof(Rearrangement), method, switches, inputs, run, reference);

    private Array64 X(params int[] shape) => Array64.Uniform(_random, -2, 2, shape);
}
