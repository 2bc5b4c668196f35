using Carousel.Cli.Output;
using Spectre.Console;

namespace Carousel.Cli.Tests;

public sealed class ProgressTests
{
    [Fact]
    public async Task WithProgressAsync_piped_writes_few_plain_lines_to_messages()
    {
        using StringWriter output = new(), messages = new();
        CommandOutput command = new(new ConsoleStreams(output, false, messages, false), json: false, TimeProvider.System);

        int result = await command.WithProgressAsync("training", progress =>
        {
            for (int step = 0; step <= 1000; step++)
            {
                progress.Report(new ProgressUpdate(step / 1000.0, $"loss {step}", TimeSpan.FromSeconds(200)));
            }

            return Task.FromResult(42);
        });

        Assert.Equal(42, result);
        Assert.Empty(output.ToString());
        string[] lines = messages.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("training 0 %: loss 0, 3 min 20 s left", lines[0]);
        Assert.Equal("training 100 %: loss 1000, 3 min 20 s left", lines[^1]);
        Assert.InRange(lines.Length, 2, 4);
    }

    [Fact]
    public async Task WithProgressAsync_terminal_draws_a_bar_and_escapes_markup()
    {
        using StringWriter output = new(), messages = new();
        CommandOutput command = new(new ConsoleStreams(output, true, messages, true), json: false, TimeProvider.System);

        await command.WithProgressAsync("load [red]data.csv", progress =>
        {
            progress.Report(new ProgressUpdate(0.5, "half [way]", TimeSpan.FromSeconds(8)));
            return Task.FromResult(0);
        });

        Assert.Contains("load [red]data.csv", messages.ToString(), StringComparison.Ordinal);
        Assert.Contains("50%", messages.ToString(), StringComparison.Ordinal);
        Assert.Contains("half", messages.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Table_terminal_has_a_frame_and_pipe_has_none()
    {
        Assert.Contains("╭", Render(terminal: true), StringComparison.Ordinal);
        Assert.Equal("name  mse\na       1\n", Trimmed(Render(terminal: false)));
    }

    [Theory]
    [InlineData(0.4, "0 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(7500, "2 h 05 min")]
    public void Say_time_as_people_do(double seconds, string expected) =>
        Assert.Equal(expected, ProgressUpdate.Say(TimeSpan.FromSeconds(seconds)));

    private static string Render(bool terminal)
    {
        using StringWriter output = new(), messages = new();
        CommandOutput command = new(new ConsoleStreams(output, terminal, messages, terminal), json: false, TimeProvider.System);
        command.Result([], console => console.Write(command.Table("name", ">mse").AddRow("a", "1")));
        return output.ToString();
    }

    private static string Trimmed(string text) => string.Concat(text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.TrimEnd() + "\n"));
}
