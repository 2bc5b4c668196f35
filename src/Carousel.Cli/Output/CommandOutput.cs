using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Carousel.Cli.Output;

/// <summary>
/// Everything a command says. Its one result goes to standard output, as tables for people or as one JSON document for scripts;
/// progress, warnings and errors go to standard error.
/// </summary>
internal sealed class CommandOutput
{
    // Nothing here ends up inside an HTML page, so µ and é may stay what they are.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConsoleStreams _streams;
    private readonly IAnsiConsole _output;
    private readonly IAnsiConsole _messages;
    private readonly TimeProvider _clock;

    /// <summary>Wraps the streams of one command.</summary>
    /// <param name="streams">Where to write.</param>
    /// <param name="json">True for one JSON document instead of text.</param>
    /// <param name="clock">Measures the time between lines of progress.</param>
    public CommandOutput(ConsoleStreams streams, bool json, TimeProvider clock)
    {
        _streams = streams;
        _clock = clock;
        _output = CreateConsole(streams.Output, streams.OutputIsTerminal);
        _messages = CreateConsole(streams.Messages, streams.MessagesAreTerminal);
        Json = json;
    }

    /// <summary>True when a script reads the result.</summary>
    public bool Json { get; }

    /// <summary>What the person or another program sends to standard input.</summary>
    public TextReader Input => _streams.Input;

    /// <summary>The same as bytes: read the one or the other.</summary>
    public Stream InputBytes => _streams.Bytes;

    /// <summary>Replaces the last line of the messages that was written this way, for a person who watches; otherwise a line of its own.</summary>
    /// <param name="text">One line; empty to clear it.</param>
    public void Passing(string text)
    {
        const string clearLine = "\u001b[2K\r";
        _streams.Messages.Write(_streams.MessagesAreTerminal ? clearLine + text : text.Length == 0 ? "" : text + Environment.NewLine);
        _streams.Messages.Flush();
    }

    /// <summary>True once <see cref="Result"/> was called.</summary>
    public bool HasResult { get; private set; }

    /// <summary>Writes the command's one result, in the form that was asked for.</summary>
    /// <param name="document">The result for scripts.</param>
    /// <param name="text">Writes the result for people.</param>
    /// <exception cref="InvalidOperationException">Called twice: standard output would not be one JSON document.</exception>
    public void Result(JsonObject document, Action<IAnsiConsole> text)
    {
        if (HasResult)
        {
            throw new InvalidOperationException("a command has one result, and this one wrote two");
        }

        HasResult = true;
        if (Json)
        {
            _streams.Output.WriteLine(document.ToJsonString(Indented));
        }
        else
        {
            text(_output);
        }

        _streams.Output.Flush();
    }

    /// <summary>Writes a part of the result for people at once, as it comes into being; nothing with --json, whose one document comes at the end.</summary>
    public void Stream(ReadOnlySpan<char> text)
    {
        if (!Json && !text.IsEmpty)
        {
            _streams.Output.Write(text);
            _streams.Output.Flush();
        }
    }

    /// <summary>A table in the style of the output: framed for a terminal, columns and spaces for a file or a pipe.</summary>
    /// <param name="columns">Headings; one that starts with <c>&gt;</c> is aligned to the right, as numbers are.</param>
    public Table Table(params ReadOnlySpan<string> columns)
    {
        Table table = new Table { ShowRowSeparators = false }.Border(_streams.OutputIsTerminal ? TableBorder.Rounded : TableBorder.None);
        table.BorderStyle = new Style(Color.Grey);
        foreach (string column in columns)
        {
            bool right = column.StartsWith('>');
            TableColumn heading = new TableColumn(new Text(right ? column[1..] : column, new Style(decoration: Decoration.Bold))).NoWrap();
            heading.Padding = _streams.OutputIsTerminal ? new Padding(1, 0) : new Padding(0, 0, 2, 0);
            table.AddColumn(right ? heading.RightAligned() : heading.LeftAligned());
        }

        return table;
    }

    /// <summary>Says something beside the result.</summary>
    public void Message(string text) => _messages.WriteLine(text);

    /// <summary>Says something that deserves attention though the command goes on.</summary>
    public void Warning(string text) => _messages.WriteLine($"warning: {text}", new Style(Color.Yellow));

    /// <summary>Says why the command failed, to the person on standard error and, with --json, to the script as the one document.</summary>
    /// <param name="kind">A word for scripts: <c>usage</c>, <c>failed</c>, <c>cancelled</c> or <c>bug</c>.</param>
    /// <param name="message">What was found, what was expected, where, and what to do.</param>
    public void Error(string kind, string message)
    {
        if (Json && !HasResult)
        {
            Result(new JsonObject { ["error"] = new JsonObject { ["kind"] = kind, ["message"] = message } }, static _ => { });
        }

        _messages.WriteLine(kind == "cancelled" ? message : $"error: {message}", new Style(kind == "cancelled" ? Color.Yellow : Color.Red));
    }

    /// <summary>Does long work under a progress bar, or with a line now and then when nobody watches a terminal.</summary>
    /// <param name="title">What is being done, in a few words.</param>
    /// <param name="work">Does it; reports may come from any thread.</param>
    public async Task<T> WithProgressAsync<T>(string title, Func<IProgress<ProgressUpdate>, Task<T>> work)
    {
        if (!_streams.MessagesAreTerminal)
        {
            return await work(new ProgressLines(title, _streams.Messages, _clock)).ConfigureAwait(false);
        }

        // What is left of the line beside title, bar, percentage, time left and the gaps between them.
        const int others = 4 + 16 + 6;
        int barWidth = _messages.Profile.Width >= 110 ? 30 : 14;
        NoteColumn timeLeft = new(new Style(Color.Blue), 16), text = new(new Style(Color.Grey), _messages.Profile.Width - title.Length - barWidth - others);
        return await _messages.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = barWidth }, new PercentageColumn(), timeLeft, text)
            .StartAsync(context => work(new ProgressBarTask(context.AddTask(Markup.Escape(title), maxValue: 1), timeLeft, text)))
            .ConfigureAwait(false);
    }

    private static IAnsiConsole CreateConsole(TextWriter writer, bool terminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal)
        {
            // A file has no right margin: lines must not be broken where a terminal would end.
            console.Profile.Width = 100_000;
        }

        return console;
    }
}
