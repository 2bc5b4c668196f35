using System.Text.Json;
using Carousel.Cli.Output;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Tests;

public sealed class FailureTests
{
    public static TheoryData<Exception, int, string> Failures => new()
    {
        { new FileNotFoundException("no file 'a.csv'"), ExitCode.Failed, "error: no file 'a.csv'" },
        { new ArgumentException("0 is not a number of threads", "threads"), ExitCode.Failed, "error: 0 is not a number of threads" },
        { new TypeInitializationException("KernelCatalog", new PlatformNotSupportedException("no AVX-512 here")), ExitCode.Failed, "error: no AVX-512 here" },
        { new AggregateException(new UnauthorizedAccessException("read-only folder")), ExitCode.Failed, "error: read-only folder" },
        { new ModelFileException("m.safetensors", "is truncated"), ExitCode.Failed, "error: m.safetensors: is truncated" },
        { new ConfigException("recipe.json", ["unknown key 'widow' (did you mean 'window'?)"]), ExitCode.Failed, "error: recipe.json: unknown key 'widow' (did you mean 'window'?)" },
        { new UsageException("--epochs needs a value"), ExitCode.WrongUsage, "error: --epochs needs a value" },
        { new OperationCanceledException(), ExitCode.Cancelled, "cancelled" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Report_expected_failure_is_one_message_without_a_trace(Exception failure, int code, string message)
    {
        using StringWriter output = new(), messages = new();

        int exit = Failure.Report(failure, Output(output, messages, json: false), trace: false);

        Assert.Equal(code, exit);
        Assert.Equal(message, messages.ToString().TrimEnd());
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Report_bug_names_its_type_and_the_way_to_the_trace()
    {
        using StringWriter output = new(), messages = new();

        int exit = Failure.Report(Thrown(), Output(output, messages, json: false), trace: false);

        Assert.Equal(ExitCode.Failed, exit);
        Assert.Contains("InvalidOperationException: two and two make five", messages.ToString(), StringComparison.Ordinal);
        Assert.Contains("CAROUSEL_TRACE=1", messages.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_with_trace_shows_the_trace()
    {
        using StringWriter output = new(), messages = new();

        Failure.Report(Thrown(), Output(output, messages, json: false), trace: true);

        Assert.Contains("   at ", messages.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_json_is_one_document_with_kind_and_message()
    {
        using StringWriter output = new(), messages = new();

        Failure.Report(new IOException("disk full"), Output(output, messages, json: true), trace: false);

        using var document = JsonDocument.Parse(output.ToString());
        Assert.Equal("failed", document.RootElement.GetProperty("error").GetProperty("kind").GetString());
        Assert.Equal("disk full", document.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public void Result_twice_is_refused()
    {
        using StringWriter output = new(), messages = new();
        CommandOutput command = Output(output, messages, json: true);
        command.Result([], static _ => { });

        Assert.Throws<InvalidOperationException>(() => command.Result([], static _ => { }));
    }

    private static CommandOutput Output(TextWriter output, TextWriter messages, bool json) =>
        new(new ConsoleStreams(output, false, messages, false), json, TimeProvider.System);

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("two and two make five");
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }
}
