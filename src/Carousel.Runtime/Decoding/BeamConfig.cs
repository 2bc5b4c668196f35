namespace Carousel.Runtime.Decoding;

/// <summary>How a beam search looks for the best hypotheses and how it compares them.</summary>
/// <remarks>score(Y) = ln P(Y) / lp(Y) + β · Σ_i ln min(Σ_j p_ij, 1), with p_ij the attention of token j to source position i (Wu et al. 2016, equation 14).</remarks>
public sealed record BeamConfig
{
    /// <summary>K, hypotheses that are followed at one time, 1 … 256. One that ends keeps its place.</summary>
    /// <value>5</value>
    public int Beam { get; init; } = 5;

    /// <summary>Hypotheses to return, 1 … <see cref="Beam"/>.</summary>
    /// <value>1</value>
    public int Best { get; init; } = 1;

    /// <summary>lp, what a log-probability is divided by.</summary>
    /// <value>wu</value>
    public LengthNormalisation Normalisation { get; init; } = LengthNormalisation.Wu;

    /// <summary>α, how strongly, 0 … 10; 0 compares log-probabilities as they are.</summary>
    /// <value>0.6</value>
    public double LengthPenalty { get; init; } = 0.6;

    /// <summary>β, how strongly source positions count against a hypothesis which it did not look at, 0 … 10. Acts when a hypothesis has ended.</summary>
    /// <value>0</value>
    public double CoveragePenalty { get; init; }

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Beam is < 1 or > 256)
        {
            yield return $"beam is {Beam}, expected 1 … 256";
        }

        if (Best < 1 || Best > Beam)
        {
            yield return $"best is {Best}, expected 1 … {Beam}, the beam";
        }

        if (!Enum.IsDefined(Normalisation))
        {
            yield return $"normalisation is {Normalisation}, expected wu or length";
        }

        if (LengthPenalty is not (>= 0 and <= 10))
        {
            yield return $"length_penalty is {LengthPenalty}, expected 0 … 10";
        }

        if (CoveragePenalty is not (>= 0 and <= 10))
        {
            yield return $"coverage_penalty is {CoveragePenalty}, expected 0 … 10";
        }
    }

    /// <summary>lp(Y), what the log-probability of a hypothesis is divided by.</summary>
    /// <param name="length">|Y|, the end symbol included; 1 or more.</param>
    public double Divisor(int length) => Math.Pow(Normalisation == LengthNormalisation.Wu ? (5.0 + length) / 6 : length, LengthPenalty);
}
