using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Carousel.Cli.Commands;

namespace Carousel.Cli.Tests;

public sealed class CommandLineTests
{
    public static TheoryData<string> EveryCommand => [.. Paths(new CarouselApplication(TimeProvider.System, trace: false).Root)];

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public async Task Help_of_every_command_shows_an_example(string path)
    {
        CommandRun run = await CommandRun.Of([.. path.Split(' ').Skip(1), "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  carousel ", run.Output[run.Output.IndexOf("Examples:", StringComparison.Ordinal)..].ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains($"Usage:\n  {path} ", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public void Examples_of_every_command_parse(string path)
    {
        CarouselApplication application = new(TimeProvider.System, trace: false);
        Command command = application.Parse([.. path.Split(' ').Skip(1), "--help"]).CommandResult.Command;

        Assert.All(((IHasExamples)command).Examples, example =>
        {
            ParseResult parsed = application.Parse([.. CommandLineParser.SplitCommandLine(example)]);
            Assert.Empty(parsed.Errors);
            Assert.IsAssignableFrom<CliCommand>(parsed.CommandResult.Command);
        });
    }

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public void Every_command_can_answer_in_json(string path)
    {
        CarouselApplication application = new(TimeProvider.System, trace: false);

        ParseResult parsed = application.Parse([.. path.Split(' ').Skip(1), "--json"]);

        Assert.DoesNotContain("--json", parsed.UnmatchedTokens);
        Assert.True(parsed.GetValue<bool>("--json"));
    }

    [Fact]
    public async Task Unknown_command_exits_2_and_suggests()
    {
        CommandRun run = await CommandRun.Of("explian");

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("(did you mean 'explain'?)", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_option_exits_2_with_one_json_document_when_asked_for_json()
    {
        CommandRun run = await CommandRun.Of("explain", "--json", "--nonsense");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("usage", run.Document.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("--nonsense", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_command_shows_the_help()
    {
        CommandRun run = await CommandRun.Of();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Messages);
    }

    [Fact]
    public async Task Version_is_one_line_or_one_document()
    {
        CommandRun text = await CommandRun.Of("--version");
        CommandRun json = await CommandRun.Of("--version", "--json");

        Assert.Equal(CarouselApplication.Version, text.Output.Trim());
        Assert.Equal(CarouselApplication.Version, json.Document.GetProperty("version").GetString());
    }

    [Fact]
    public async Task Explain_text_is_plain_when_piped()
    {
        CommandRun run = await CommandRun.Of("explain");

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain('\e', run.Output);
        Assert.DoesNotContain(run.Output, static character => character is >= '─' and <= '╿');
        Assert.Contains("scalar", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_json_names_the_selected_kernels()
    {
        JsonElement document = (await CommandRun.Of("explain", "--json")).Document;

        string selected = document.GetProperty("selected").GetString()!;
        JsonElement only = Assert.Single(document.GetProperty("kernels").EnumerateArray(), static kernel => kernel.GetProperty("selected").GetBoolean());
        Assert.Equal(selected, only.GetProperty("name").GetString());
        Assert.True(only.GetProperty("supported").GetBoolean());
        Assert.NotEmpty(only.GetProperty("reason").GetString()!);
        Assert.Contains(document.GetProperty("instruction_sets").EnumerateArray(), static set => set.GetProperty("name").GetString() == "FMA");
    }

    private static IEnumerable<string> Paths(Command command) =>
        command.Subcommands.SelectMany(Paths, static (_, path) => path).Select(path => $"{command.Name} {path}").Prepend(command.Name);
}
