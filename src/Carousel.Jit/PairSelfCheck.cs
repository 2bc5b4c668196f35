using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>Asks of products in bfloat16 what they promise, once, before anything relies on them: for instructions that only some of the machines have that this project is tested on.</summary>
internal static class PairSelfCheck
{
    // Nothing is a multiple of anything.
    private const int Rows = 37, Columns = 45, Depth = 71;

    /// <summary>True when a product of odd sizes, in all forms, is that of the reference within the tolerance.</summary>
    public static bool Passes(BrainFloatProduct product)
    {
        MixedKernels found = new(new ScalarKernels(), product, ""), reference = new(new ScalarKernels(), product: null, "");
        float[] a = Values(Rows * Depth, 1), b = Values(Depth * Columns, 2), before = Values(Rows * Columns, 3);
        for (int form = 0; form < 4; form++)
        {
            Matrix left = (form & 1) == 0 ? new Matrix(a, Rows, Depth) : new Matrix(a, Depth, Rows).Transposed;
            Matrix right = (form & 2) == 0 ? new Matrix(b, Depth, Columns) : new Matrix(b, Columns, Depth).Transposed;
            float[] sums = [.. before], packedSums = [.. before], expected = [.. before];
            found.Multiply(left, right, sums, Columns, accumulate: true, Workers.Single);
            found.Multiply(left, found.Pack(right), packedSums, Columns, accumulate: true, Workers.Single);
            reference.Multiply(left, right, expected, Columns, accumulate: true, Workers.Single);
            for (int at = 0; at < sums.Length; at++)
            {
                // No operand is above 1, so K + 1 bounds the sum of magnitudes.
                const float Tolerance = 4f * (Depth + 1) * (Depth + 1) / (1 << 24);
                if (!(MathF.Abs(sums[at] - expected[at]) <= Tolerance) || sums[at] != packedSums[at])
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (random.NextSingle() * 2) - 1;
        }

        return values;
    }
}
