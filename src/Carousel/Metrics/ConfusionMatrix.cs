namespace Carousel.Metrics;

/// <summary>How often class t was predicted as class p, for every pair (t, p).</summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    private ConfusionMatrix(int classes)
    {
        Classes = classes;
        _counts = new long[classes * classes];
    }

    /// <summary>Number of classes C.</summary>
    public int Classes { get; }

    /// <summary>Number of examples counted.</summary>
    public long Total { get; private set; }

    /// <summary>Number of examples on the diagonal.</summary>
    public long Correct { get; private set; }

    /// <summary>How many examples of class <paramref name="truth"/> were predicted as <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[Index(truth, predicted)];

    /// <summary>Examples whose true class is <paramref name="label"/> (its support): the sum of a row.</summary>
    public long OfClass(int label)
    {
        long sum = 0;
        for (int p = 0; p < Classes; p++)
        {
            sum += this[label, p];
        }

        return sum;
    }

    /// <summary>Examples predicted as <paramref name="label"/>: the sum of a column.</summary>
    public long PredictedAs(int label)
    {
        long sum = 0;
        for (int t = 0; t < Classes; t++)
        {
            sum += this[t, label];
        }

        return sum;
    }

    /// <summary>All counts, [C, C] row-major: true class by row, predicted class by column.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Counts pairs of true and predicted classes.</summary>
    /// <param name="truth">True classes [N], each in 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="predicted">Predicted classes [N], same range.</param>
    /// <param name="classes">Number of classes, 1 or more.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of range.</exception>
    public static ConfusionMatrix Of(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Pairs.ThrowIfUnequal(truth.Length, predicted.Length);
        var matrix = new ConfusionMatrix(classes);
        for (int i = 0; i < truth.Length; i++)
        {
            matrix._counts[matrix.Index(truth[i], predicted[i])]++;
            matrix.Correct += truth[i] == predicted[i] ? 1 : 0;
        }

        matrix.Total = truth.Length;
        return matrix;
    }

    private int Index(int truth, int predicted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(truth);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(truth, Classes);
        ArgumentOutOfRangeException.ThrowIfNegative(predicted);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(predicted, Classes);
        return (truth * Classes) + predicted;
    }
}
