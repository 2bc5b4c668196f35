namespace Carousel.Cli.Output;

/// <summary>What the process returns: part of the command line's contract.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>128 + SIGINT, what a shell expects of a command that was interrupted.</summary>
    public const int Cancelled = 130;
}
