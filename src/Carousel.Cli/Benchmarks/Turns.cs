namespace Carousel.Cli.Benchmarks;

/// <summary>
/// Rounds in which contenders are measured one after the other, the limits of the machine first: all of them see the same machine. Who begins changes with the round, so
/// that nobody always follows the same neighbour.
/// </summary>
internal static class Turns
{
    /// <summary>Turns of each contender.</summary>
    public const int Rounds = 5;

    // Threads that wait for more work spin for up to 40 ms after the last call (ONNX Runtime's do; OpenMP's 10 ms): the next engine must not share the cores with them.
    internal static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs all rounds.</summary>
    /// <param name="contenders">Number of contenders.</param>
    /// <param name="begin">Called when a round begins.</param>
    /// <param name="take">Called with the number of the contender whose turn it is.</param>
    /// <param name="progress">Told the share that is done, or null.</param>
    /// <param name="cancellation">Looked at between turns.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static void Run(int contenders, Action begin, Action<int> take, IProgress<double>? progress, CancellationToken cancellation)
    {
        for (int round = 0; round < Rounds; round++)
        {
            begin();
            for (int turn = 0; turn < contenders; turn++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((round + ((double)turn / contenders)) / Rounds);
                Thread.Sleep(Settling);
                take((turn + round) % contenders);
            }
        }
    }
}
