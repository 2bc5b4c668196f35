using System.Numerics;

namespace Carousel.Runtime.Decoding;

/// <summary>The most probable continuations of some hypotheses, best first; of equal ones the first that was offered stands first. One pass over the vocabulary, no sorting.</summary>
/// <param name="most">Most that are ever kept.</param>
internal sealed class BestContinuations(int most)
{
    private readonly Continuation[] _kept = new Continuation[most];
    private int _width;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public ref readonly Continuation this[int at] => ref _kept[at];

    /// <summary>Forgets all.</summary>
    /// <param name="width">How many to keep from now on.</param>
    public void Clear(int width) => (Count, _width) = (0, width);

    /// <summary>Offers every token after one hypothesis. What is not a number or impossible (−∞) is not kept.</summary>
    /// <param name="parent">The hypothesis.</param>
    /// <param name="logProbability">ln P of it.</param>
    /// <param name="next">ln P of each token after it [V].</param>
    public void Offer(int parent, double logProbability, ReadOnlySpan<float> next)
    {
        float floor = Floor(logProbability);
        int at = 0;
        for (; at <= next.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<float>(next[at..]), new Vector<float>(floor)))
            {
                floor = Scan(parent, logProbability, next, at, at + Vector<float>.Count, floor);
            }
        }

        Scan(parent, logProbability, next, at, next.Length, floor);
    }

    /// <summary>Offers one token.</summary>
    /// <param name="parent">The hypothesis.</param>
    /// <param name="token">The token after it.</param>
    /// <param name="logProbability">ln P of both.</param>
    public void Offer(int parent, int token, double logProbability)
    {
        if (!(logProbability > (Count < _width ? double.NegativeInfinity : _kept[Count - 1].LogProbability)))
        {
            return;
        }

        int at = Count < _width ? Count++ : Count - 1;
        for (; at > 0 && _kept[at - 1].LogProbability < logProbability; at--)
        {
            _kept[at] = _kept[at - 1];
        }

        _kept[at] = new Continuation(parent, token, logProbability);
    }

    private float Scan(int parent, double logProbability, ReadOnlySpan<float> next, int first, int end, float floor)
    {
        for (int token = first; token < end; token++)
        {
            if (next[token] > floor)
            {
                Offer(parent, token, logProbability + next[token]);
                floor = Floor(logProbability);
            }
        }

        return floor;
    }

    // No token at or below it is kept; one above it may be. Rounded down, so that none is lost to rounding.
    private float Floor(double logProbability) =>
        Count < _width ? float.NegativeInfinity : MathF.BitDecrement((float)(_kept[Count - 1].LogProbability - logProbability));

    /// <summary>A hypothesis and a token after it.</summary>
    /// <param name="Parent">The hypothesis.</param>
    /// <param name="Token">The token.</param>
    /// <param name="LogProbability">ln P of both.</param>
    public readonly record struct Continuation(int Parent, int Token, double LogProbability);
}
