using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Carousel.Runtime.Kernels.Elementwise;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>How a column of weights becomes int4: two weights to a byte, the one in the upper half rounded knowing the lower one.</summary>
/// <remarks>
/// A product takes the lower halves, masked, times their part of the row, and the whole bytes times the other part: a byte is sixteen times its upper weight and a fraction,
/// the lower weight, which rounding has allowed for. That saves the shift and the mask of the upper half. All is summed sixteen times too large.
/// </remarks>
internal static unsafe class NibbleColumn
{
    /// <summary>Consecutive k of one word.</summary>
    public const int Octet = 8;

    /// <summary>What a byte is divided by to give its upper weight.</summary>
    public const int Scaling = 16;

    /// <summary>What stands for zero in a byte.</summary>
    public const int ScaledZero = Zero * Scaling;

    /// <summary>Which half of a byte is the lower weight.</summary>
    public const byte LowerHalf = 0x0F;

    private const int Zero = 8, Largest = 15;

    // Steps between zero and the largest magnitude of a column. More of them cut off the largest weights, which may cost less than it gains the others.
    private static readonly float[] Candidates = [7, 7.75f, 8.75f, 10];

    /// <summary>Words of depth: rounded up to whole ones.</summary>
    public static int Octets(int depth) => (depth + Octet - 1) / Octet;

    /// <summary>Rounds one column, by the one of a few scales that gives the least sum of squared errors.</summary>
    /// <param name="part">The panel, cleared.</param>
    /// <param name="column">0 … columns − 1</param>
    /// <param name="values">[depth]</param>
    /// <exception cref="NotSupportedException">The column is so long that a sum could leave 32 bits.</exception>
    [SkipLocalsInit]
    public static void Set(PanelPart part, int column, ReadOnlySpan<float> values)
    {
        const int most = 2048, block = 2 * Octet;
        ByteRow.ThrowIfTooDeep(values.Length);
        int length = (values.Length + block - 1) / block * block;
        Span<float> padded = length <= most ? stackalloc float[length] : new float[length];
        values.CopyTo(padded);
        padded[values.Length..].Clear();
        float max = 0;
        foreach (float value in values)
        {
            max = MathF.Max(max, MathF.Abs(value));
        }

        if (max < Tiny.Limit)
        {
            part.Scales[column] = 0;
            return;
        }

        float best = 0, least = float.PositiveInfinity;
        foreach (float candidate in Candidates)
        {
            float error = Round(padded, candidate / max, null, 0) / (candidate * candidate);
            (best, least) = error < least ? (candidate, error) : (best, least);
        }

        part.Scales[column] = max / best / Scaling;
        Round(padded, best / max, (uint*)part.Nibbles + column, part.Columns, part.Words);
    }

    // The sum of squared errors, in steps; writes the words when it is told where. Two words at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Round(ReadOnlySpan<float> values, float factor, uint* words, nint stride, int count = 0)
    {
        Vector256<float> errors = default, zero = Vector256.Create((float)Zero), top = Vector256.Create((float)Largest), factors = Vector256.Create(factor);
        for (int at = 0; at < values.Length; at += 2 * Octet)
        {
            Vector256<float> first = Vector256.Create(values[at..]) * factors, second = Vector256.Create(values[(at + Octet)..]) * factors;
            Vector256<float> lower = zero + Vector256.Create(first.GetLower(), second.GetLower()), upper = zero + Vector256.Create(first.GetUpper(), second.GetUpper());
            Vector256<float> low = Vector256.Clamp(Vector256.Round(lower), Vector256<float>.Zero, top), fraction = low * (1f / Scaling);
            Vector256<float> high = Vector256.Clamp(Vector256.Round(upper - fraction), Vector256<float>.Zero, top);
            Vector256<float> lowError = low - lower, highError = high + fraction - upper;
            errors += (lowError * lowError) + (highError * highError);
            if (words != null)
            {
                Vector256<int> bytes = Vector256.ConvertToInt32((high * Scaling) + low);
                Vector128<ushort> narrow = Vector128.Narrow(bytes.GetLower(), bytes.GetUpper()).AsUInt16();
                Vector128<uint> two = Vector128.Narrow(narrow, narrow).AsUInt32();
                int word = at / Octet;
                words[word * stride] = two[0];
                if (word + 1 < count)
                {
                    words[(word + 1) * stride] = two[1];
                }
            }
        }

        return Vector256.Sum(errors);
    }
}
