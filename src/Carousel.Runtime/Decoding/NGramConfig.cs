using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Decoding;

/// <summary>What n-gram language model is made from transcripts.</summary>
public sealed record NGramConfig
{
    /// <summary>Longest n-gram, 1 … 8; 0 for no language model.</summary>
    /// <value>3</value>
    public int Order { get; init; } = 3;

    /// <summary>What it predicts.</summary>
    /// <value>word</value>
    public TextUnit Unit { get; init; } = TextUnit.Word;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Order is < 0 or > 8)
        {
            yield return $"order is {Order}, expected 0 (none) … 8";
        }

        if (!Enum.IsDefined(Unit))
        {
            yield return $"unit is {(int)Unit}, expected word or character";
        }
    }
}
