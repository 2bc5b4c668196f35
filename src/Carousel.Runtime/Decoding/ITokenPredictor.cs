namespace Carousel.Runtime.Decoding;

/// <summary>
/// What says which token comes next, for hypotheses in rows that take each step together. A row's numbers depend on its own past alone, never on the rows beside it.
/// </summary>
public interface ITokenPredictor
{
    /// <summary>V, tokens that may come next.</summary>
    int VocabularySize { get; }

    /// <summary>Takes one step of every row. Row i of it continues from row origins[i] of the step before; of the first step, from the start of sequence origins[i].</summary>
    /// <param name="origins">[N], N 1 or more; a row may be continued several times, or not at all. Rows that stay where they are cost nothing to keep.</param>
    /// <param name="tokens">The last token of each hypothesis [N], each 0 … V − 1.</param>
    void Step(ReadOnlySpan<int> origins, ReadOnlySpan<int> tokens);

    /// <summary>ln P of every token to come next [V], each at most 0; valid until the next step.</summary>
    /// <param name="row">A row of the last step.</param>
    ReadOnlySpan<float> LogProbabilities(int row);

    /// <summary>How much the last step looked at each position of the row's source [S], in sum 1; empty when it looks at none. Valid until the next step.</summary>
    /// <param name="row">A row of the last step.</param>
    ReadOnlySpan<float> Attention(int row);
}
