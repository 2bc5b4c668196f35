namespace Carousel.Runtime.Predictors;

/// <summary>
/// How a model that sees later time steps (in both directions, or with a convolution that looks ahead) goes through audio that has no end: chunk after chunk, each seen
/// with some past and some future around it. The text comes later by chunk and look-ahead, and may differ from that of the whole recording at once.
/// </summary>
public sealed record ChunkedListening
{
    /// <summary>Seconds decoded at a time.</summary>
    /// <value>0.5</value>
    public double ChunkSeconds { get; init; } = 0.5;

    /// <summary>Seconds seen beyond the chunk.</summary>
    /// <value>1</value>
    public double LookAheadSeconds { get; init; } = 1;

    /// <summary>Seconds seen before the chunk.</summary>
    /// <value>3</value>
    public double PastSeconds { get; init; } = 3;
}
