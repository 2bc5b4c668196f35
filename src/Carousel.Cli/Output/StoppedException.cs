namespace Carousel.Cli.Output;

/// <summary>The person stopped a command that can say what is left and how to go on: exit code 130.</summary>
/// <param name="message">What was kept, and how to go on.</param>
/// <param name="inner">The cancellation.</param>
internal sealed class StoppedException(string message, OperationCanceledException inner) : OperationCanceledException(message, inner, inner.CancellationToken);
