using System.Text.Json;
using Carousel.Cli.Output;

namespace Carousel.Cli.Tests;

/// <summary>One command line, run inside the test process as if both streams were pipes.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Messages)
{
    /// <summary>Standard output as the one JSON document it must be.</summary>
    public JsonElement Document
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Runs a command line.</summary>
    public static async Task<CommandRun> Of(params string[] arguments)
    {
        using StringWriter output = new(), messages = new();
        int code = await new CarouselApplication(TimeProvider.System, trace: false)
            .RunAsync(arguments, new ConsoleStreams(output, false, messages, false), TestContext.Current.CancellationToken);
        return new CommandRun(code, output.ToString(), messages.ToString());
    }
}
