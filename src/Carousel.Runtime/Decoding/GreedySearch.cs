namespace Carousel.Runtime.Decoding;

/// <summary>Writes one sequence token by token, each handed on as soon as it is chosen.</summary>
public static class GreedySearch
{
    /// <summary>Chooses a token.</summary>
    /// <param name="logProbabilities">ln P of every token [V].</param>
    /// <returns>0 … V − 1</returns>
    public delegate int Choice(ReadOnlySpan<float> logProbabilities);

    /// <summary>Writes until the end symbol is chosen.</summary>
    /// <param name="predictor">What says which token comes next; sequence 0 of its first step is written.</param>
    /// <param name="start">The token before the first.</param>
    /// <param name="end">The token after the last.</param>
    /// <param name="longest">Most tokens, the end symbol not counted.</param>
    /// <param name="choose">Takes the place of <see cref="MostProbable"/>, such as a sampler; null for that.</param>
    /// <returns>The tokens, without start and end symbol.</returns>
    public static IEnumerable<int> Run(ITokenPredictor predictor, int start, int end, int longest, Choice? choose = null)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentOutOfRangeException.ThrowIfNegative(longest);
        return Write(predictor, start, end, longest, choose ?? MostProbable);
    }

    /// <summary>The token of the greatest number, the lowest of equal ones.</summary>
    /// <param name="logProbabilities">[V]</param>
    public static int MostProbable(ReadOnlySpan<float> logProbabilities)
    {
        int best = 0;
        for (int token = 1; token < logProbabilities.Length; token++)
        {
            best = logProbabilities[token] > logProbabilities[best] ? token : best;
        }

        return best;
    }

    private static IEnumerable<int> Write(ITokenPredictor predictor, int start, int end, int longest, Choice choose)
    {
        int token = start;
        for (int length = 0; length < longest; length++)
        {
            predictor.Step([0], [token]);
            token = choose(predictor.LogProbabilities(0));
            if (token == end)
            {
                yield break;
            }

            yield return token;
        }
    }
}
