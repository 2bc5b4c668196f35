namespace Carousel.Data;

/// <summary>
/// A text as parallel streams of equal length, cut into chunks of consecutive time steps: what truncated back-propagation through time reads, one chunk after the
/// other, with the state carried from each to the next.
/// </summary>
/// <remarks>
/// Token i + 1 is the target of token i. The N − 1 pairs are dealt out in order: stream b gets pairs b·L … (b + 1)·L − 1 with L = ⌈(N − 1) / B⌉. Every pair stands in
/// exactly one place; where the last streams run out, the target is <see cref="None"/>.
/// </remarks>
public sealed class TextStreams
{
    /// <summary>A target that does not count.</summary>
    public const int None = -1;

    private readonly int[] _tokens;

    /// <summary>Deals out a text.</summary>
    /// <param name="tokens">Ids [N], at least 2.</param>
    /// <param name="streams">B, 1 or more; fewer are made when the text is too short for so many.</param>
    /// <param name="steps">T, time steps of a chunk, 1 or more; the last chunk may be shorter.</param>
    /// <exception cref="ArgumentException">The text has fewer than 2 tokens, or a number is below 1.</exception>
    public TextStreams(int[] tokens, int streams, int steps)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(streams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (tokens.Length < 2)
        {
            throw new ArgumentException($"a text of {tokens.Length} tokens has nothing to predict, expected 2 or more", nameof(tokens));
        }

        _tokens = tokens;
        Streams = Math.Min(streams, tokens.Length - 1);
        Steps = steps;
        Length = (tokens.Length - 2 + Streams) / Streams;
        Chunks = (Length - 1 + steps) / steps;
    }

    /// <summary>B</summary>
    public int Streams { get; }

    /// <summary>T, time steps of every chunk but perhaps the last.</summary>
    public int Steps { get; }

    /// <summary>L, time steps of a stream.</summary>
    public int Length { get; }

    /// <summary>Number of chunks.</summary>
    public int Chunks { get; }

    /// <summary>N − 1, targets that count.</summary>
    public int Targets => _tokens.Length - 1;

    /// <summary>Time steps of one chunk.</summary>
    public int StepsOf(int chunk) => Math.Min(Steps, Length - (chunk * Steps));

    /// <summary>Fills in one chunk, time first.</summary>
    /// <param name="chunk">0 … <see cref="Chunks"/> − 1.</param>
    /// <param name="inputs">Receives ids [T, B].</param>
    /// <param name="targets">Receives the ids that follow [T, B], or <see cref="None"/>, where the input is 0.</param>
    /// <param name="first">The pair dealt out first, 0 … <see cref="Targets"/> − 1: what stands before it follows after the last.</param>
    public void Read(int chunk, Span<int> inputs, Span<int> targets, int first = 0)
    {
        int steps = StepsOf(chunk);
        for (int t = 0; t < steps; t++)
        {
            for (int stream = 0; stream < Streams; stream++)
            {
                long at = ((long)stream * Length) + ((long)chunk * Steps) + t;
                bool isThere = at < Targets;
                long pair = (first + at) % Targets;
                inputs[(t * Streams) + stream] = isThere ? _tokens[pair] : 0;
                targets[(t * Streams) + stream] = isThere ? _tokens[pair + 1] : None;
            }
        }
    }
}
