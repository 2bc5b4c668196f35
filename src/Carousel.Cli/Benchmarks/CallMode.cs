namespace Carousel.Cli.Benchmarks;

/// <summary>What one timed call does.</summary>
internal enum CallMode
{
    /// <summary>One time step of a stream, its state kept.</summary>
    Step,

    /// <summary>All time steps of a window, from the zero state.</summary>
    Window,

    /// <summary>The last time step of a sliding window; the others are prepared between the calls.</summary>
    Sliding,

    /// <summary>Several time steps of a batch, the states kept.</summary>
    Sequence,
}
