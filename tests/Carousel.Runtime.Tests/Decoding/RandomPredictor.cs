using Carousel.Runtime.Decoding;

namespace Carousel.Runtime.Tests.Decoding;

/// <summary>A model of nothing: what comes next after any tokens is drawn from a seed and those tokens, so that a hypothesis has the same future wherever it stands.</summary>
internal sealed class RandomPredictor(int vocabulary, params int[] seeds) : ITokenPredictor
{
    private readonly float[][] _next = new float[512][], _attention = new float[512][];
    private (int Sequence, int[] Tokens)[] _rows = [.. seeds.Select((_, at) => (at, Array.Empty<int>()))];

    public int VocabularySize => vocabulary;

    /// <summary>Positions of a source; 0 for none.</summary>
    public int Positions { get; init; }

    /// <summary>Numbers that log-probabilities are rounded to, so that many are equal; 0 for none.</summary>
    public float Grid { get; init; }

    public int Steps { get; private set; }

    public int Moved { get; private set; }

    public void Step(ReadOnlySpan<int> origins, ReadOnlySpan<int> tokens)
    {
        var rows = new (int Sequence, int[] Tokens)[origins.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            (int sequence, int[] past) = _rows[origins[row]];
            rows[row] = (sequence, [.. past, tokens[row]]);
            (_next[row], _attention[row]) = Next(sequence, rows[row].Tokens);
            Moved += Steps > 0 && origins[row] != row ? 1 : 0;
        }

        (_rows, Steps) = (rows, Steps + 1);
    }

    public ReadOnlySpan<float> LogProbabilities(int row) => _next[row];

    public ReadOnlySpan<float> Attention(int row) => _attention[row];

    /// <summary>What comes after some tokens, the start among them, and what was looked at on the way.</summary>
    public (float[] LogProbabilities, float[] Attention) Next(int sequence, int[] tokens)
    {
        var random = new Random(tokens.Aggregate(seeds[sequence], (hash, token) => (hash * 31) + token + 1));
        double[] weights = [.. Enumerable.Range(0, vocabulary).Select(_ => Math.Exp(3 * random.NextDouble()))];
        float[] next = [.. weights.Select(weight => (float)Math.Log(weight / weights.Sum()))];
        if (Grid > 0)
        {
            next = [.. next.Select(value => MathF.Min(0, MathF.Round(value / Grid) * Grid))];
        }

        double[] looked = [.. Enumerable.Range(0, Positions).Select(_ => random.NextDouble())];
        return (next, [.. looked.Select(value => (float)(value / looked.Sum()))]);
    }
}
