namespace Carousel.Runtime.Decoding;

/// <summary>How a token is drawn from what a model finds probable. The settings act in this order: repetition penalty, temperature, top-k, top-p.</summary>
public sealed record SamplingConfig
{
    /// <summary>T, 0 or 0.01 … 100: probabilities become p^(1/T), in sum 1 again. Below 1 the probable tokens gain, above 1 the others; 0 takes the most probable token always (greedy).</summary>
    /// <value>1</value>
    public double Temperature { get; init; } = 1;

    /// <summary>K: only the K most probable tokens may come (Fan et al. 2018), the lowest ids of equal ones; 0 for no limit, at most <see cref="LargestTopK"/>.</summary>
    /// <value>0</value>
    public int TopK { get; init; }

    /// <summary>P, 0 &lt; P ≤ 1: only the fewest tokens that together have this share of the probability may come (Holtzman et al. 2020). 1 for no limit.</summary>
    /// <value>1</value>
    public double TopP { get; init; } = 1;

    /// <summary>θ, 1 … 100: a token that came lately gets the probability p^θ before all are brought to sum 1 again (after Keskar et al. 2019). 1 for none.</summary>
    /// <value>1</value>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Tokens that count as having come lately, 1 … 65,536.</summary>
    /// <value>64</value>
    public int RepetitionWindow { get; init; } = 64;

    /// <summary>Determines every draw: the same model, text and settings give the same tokens.</summary>
    /// <value>1</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Largest <see cref="TopK"/>.</summary>
    public const int LargestTopK = 1024;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(Temperature is 0 or (>= 0.01 and <= 100)))
        {
            yield return $"temperature is {Temperature}, expected 0 or 0.01 … 100";
        }

        if (TopK is < 0 or > LargestTopK)
        {
            yield return $"top_k is {TopK}, expected 0 … {LargestTopK}";
        }

        if (!(TopP is > 0 and <= 1))
        {
            yield return $"top_p is {TopP}, expected more than 0, at most 1";
        }

        if (!(RepetitionPenalty is >= 1 and <= 100))
        {
            yield return $"repetition_penalty is {RepetitionPenalty}, expected 1 … 100";
        }

        if (RepetitionWindow is < 1 or > 1 << 16)
        {
            yield return $"repetition_window is {RepetitionWindow}, expected 1 … {1 << 16}";
        }
    }
}
