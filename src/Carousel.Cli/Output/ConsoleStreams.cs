namespace Carousel.Cli.Output;

/// <summary>Where a command writes and reads: the process's own streams, or a test's.</summary>
/// <param name="Output">Results.</param>
/// <param name="OutputIsTerminal">A person watches <paramref name="Output"/>: colours and frames are welcome.</param>
/// <param name="Messages">Progress, warnings and errors.</param>
/// <param name="MessagesAreTerminal">A person watches <paramref name="Messages"/>: progress bars are welcome.</param>
internal sealed record ConsoleStreams(TextWriter Output, bool OutputIsTerminal, TextWriter Messages, bool MessagesAreTerminal)
{
    /// <summary>Standard input; empty unless given.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>The bytes of standard input, for what must not be decoded in passing; empty unless given. Read them or <see cref="Input"/>, not both.</summary>
    public Stream Bytes { get; init; } = Stream.Null;

    /// <summary>The streams of this process.</summary>
    public static ConsoleStreams OfProcess() =>
        new(Console.Out, !Console.IsOutputRedirected, Console.Error, !Console.IsErrorRedirected) { Input = Console.In, Bytes = Console.OpenStandardInput() };
}
