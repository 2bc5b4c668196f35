namespace Carousel.Cli.Benchmarks;

/// <summary>About how long a contest of the engines at one cell takes on a machine that does nothing else.</summary>
/// <param name="Preparing">Making the models, first calls and warming up.</param>
/// <param name="Measuring">All rounds.</param>
internal readonly record struct ContestTime(TimeSpan Preparing, TimeSpan Measuring)
{
    /// <summary>Both.</summary>
    public TimeSpan Total => Preparing + Measuring;
}
