using System.CommandLine;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Cli.Tasks;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel transcribe</c>: what is said in recordings, or in audio that arrives on standard input.</summary>
internal sealed class TranscribeCommand : CliCommand
{
    private const string StandardInput = "-";

    private readonly Argument<string> _model = new("model") { Description = "The model file." };
    private readonly Argument<string[]> _inputs = new("files")
    {
        Description = "WAVE files; - for raw PCM of one channel on standard input, transcribed while it arrives.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int?> _rate = new("--rate") { Description = "Standard input: samples per second. Default: those the model was trained on.", HelpName = "hertz" };
    private readonly Option<string> _encoding = new("--encoding") { Description = "Standard input: s16le or f32le.", HelpName = "name", DefaultValueFactory = static _ => "s16le" };
    private readonly Option<double?> _silence = new("--silence") { Description = "An utterance ends after so many seconds without a word; a word is told when it ends, so this is to be longer than a pause and the word after it. Default: 1 on standard input; a file is one utterance.", HelpName = "seconds" };
    private readonly Option<bool> _greedy = new("--greedy") { Description = "Take the most probable label of each step instead of searching." };
    private readonly CtcSearchOptions _search = new();
    private readonly Option<string[]> _hot = new("--hot-word") { Description = "A word that is likelier than the language model thinks; may be given several times.", HelpName = "word" };
    private readonly Option<double> _chunk = new("--chunk") { Description = "Models in both directions: seconds decoded at a time. A file is decoded as a whole unless this or --look-ahead is given.", HelpName = "seconds", DefaultValueFactory = static _ => new ChunkedListening().ChunkSeconds };
    private readonly Option<double> _ahead = new("--look-ahead") { Description = "Models in both directions: seconds heard beyond a chunk before it is decoded.", HelpName = "seconds", DefaultValueFactory = static _ => new ChunkedListening().LookAheadSeconds };
    private readonly Option<string> _precision = new("--precision") { Description = $"How weights are held: {string.Join(", ", Precisions.Names)}.", HelpName = "name", DefaultValueFactory = static _ => Precisions.Float32 };
    private readonly ThreadsOption _threads = new() { DefaultValueFactory = static _ => 1 };

    /// <summary>Declares the command.</summary>
    public TranscribeCommand()
        : base(
            "transcribe",
            "Write down what is said in recordings, or in audio while it arrives.",
            "transcribe runs/digits/model.safetensors one.wav two.wav",
            "transcribe runs/digits/model.safetensors - --rate 16000 --silence 0.8",
            "transcribe runs/an4/model.safetensors meeting.wav --chunk 1 --look-ahead 0.5 --hot-word Rochester --json",
            "transcribe runs/an4/model.safetensors letters.wav --lm runs/words/model.safetensors --lm-weight 0.8 --beam 64")
    {
        Arguments.Add(_model);
        Arguments.Add(_inputs);
        _precision.AcceptOnlyFromAmong([.. Precisions.Names]);
        foreach (Option option in new Option[] { _rate, _encoding, _silence, _greedy, _hot, _chunk, _ahead, _precision, _threads })
        {
            Options.Add(option);
        }

        _search.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetValue(_greedy) && (!_search.IsUsual(result) || result.GetResult(_hot) is not null))
            {
                result.AddError("--greedy searches for nothing; it excludes --lm, --beam, --lm-weight, --token-bonus and --hot-word");
            }
        });
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!;
        ModelFile file = ModelFile.Load(path);
        CtcSearchOrder search = _search.Read(arguments);
        ILanguageModel? language = search.LoadLanguageModel();
        using var owned = language as IDisposable;
        TranscriberOptions options = search.Options((file.Config as TranscriberConfig)?.Search ?? new CtcSearchConfig(), language) with { Greedy = arguments.GetValue(_greedy), HotWords = arguments.GetValue(_hot) ?? [] };
        using var transcriber = Transcriber.From(file, path, options, Precisions.Options(arguments.GetValue(_precision)!, arguments.GetValue(_threads)));
        ChunkedListening? chunks = arguments.GetResult(_chunk) is { Implicit: false } || arguments.GetResult(_ahead) is { Implicit: false }
            ? new ChunkedListening { ChunkSeconds = arguments.GetValue(_chunk), LookAheadSeconds = arguments.GetValue(_ahead) } : null;
        var listener = new Listener(transcriber, chunks, output);
        string[] inputs = arguments.GetValue(_inputs) is { Length: > 0 } given ? given : [StandardInput];
        IEnumerable<Heard> heard = inputs.SelectMany(input => input == StandardInput ? Live(listener, arguments, output) : listener.Read(input, arguments.GetValue(_silence)));
        if (output.Json)
        {
            JsonArray items = [.. heard.Select(utterance => (JsonNode)utterance.Document())];
            var document = new JsonObject { ["model"] = path, ["task"] = "transcribe", ["items"] = items };
            listener.Meter.AddTo(document, listener.DelaySeconds);
            output.Result(document, static _ => { });
            return Task.CompletedTask;
        }

        // Line by line, because the next one may be long in coming.
        output.Result([], console =>
        {
            foreach (Heard utterance in heard)
            {
                cancellationToken.ThrowIfCancellationRequested();
                console.WriteLine(utterance.Line());
            }
        });
        output.Message(listener.Meter.Line(listener.DelaySeconds));
        return Task.CompletedTask;
    }

    private IEnumerable<Heard> Live(Listener listener, ParseResult arguments, CommandOutput output)
    {
        const int most = 4096;
        var reader = new PcmReader(output.InputBytes, "standard input", Encoding(arguments.GetValue(_encoding)!), most);
        return listener.Listen(reader, arguments.GetValue(_rate), arguments.GetValue(_silence) ?? 1);
    }

    private static PcmEncoding Encoding(string name) => name switch
    {
        "s16le" => PcmEncoding.Int16,
        "f32le" => PcmEncoding.Single,
        _ => throw new UsageException($"--encoding is '{name}', expected s16le or f32le"),
    };
}
