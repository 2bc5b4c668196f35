namespace Carousel.Cli.Output;

/// <summary>The command line cannot be carried out as written: exit code 2.</summary>
/// <param name="message">What was written, what is possible.</param>
internal sealed class UsageException(string message) : Exception(message);
