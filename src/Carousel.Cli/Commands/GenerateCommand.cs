using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Predictors;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel generate</c>: continues a text, token by token.</summary>
internal sealed class GenerateCommand : CliCommand
{
    private static readonly GenerationConfig Usual = new();

    private readonly Argument<string> _model = new("model") { Description = "The model file of a language model." };
    private readonly Option<string?> _prompt = new("--prompt") { Description = "The text to continue. Default: a new line.", HelpName = "text" };
    private readonly Option<string?> _input = new("--input") { Description = "A file, or - for standard input, each line of which is a text to continue.", HelpName = "path" };
    private readonly Option<int> _tokens = new("--tokens") { Description = "Most tokens to write.", HelpName = "number", DefaultValueFactory = static _ => Usual.Tokens };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Below 1 keeps to what is probable, above 1 dares more; 0 takes the most probable token always.", HelpName = "number", DefaultValueFactory = static _ => Usual.Sampling.Temperature };
    private readonly Option<int> _topK = new("--top-k") { Description = "Draw from this many of the most probable tokens; 0 for all.", HelpName = "number", DefaultValueFactory = static _ => Usual.Sampling.TopK };
    private readonly Option<double> _topP = new("--top-p") { Description = "Draw from the fewest tokens that have this share of the probability.", HelpName = "share", DefaultValueFactory = static _ => Usual.Sampling.TopP };
    private readonly Option<double> _penalty = new("--repetition-penalty") { Description = "Above 1 makes tokens that came lately less probable.", HelpName = "number", DefaultValueFactory = static _ => Usual.Sampling.RepetitionPenalty };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Determines every draw.", HelpName = "number", DefaultValueFactory = static _ => Usual.Sampling.Seed };
    private readonly Option<string[]> _stop = new("--stop") { Description = "End before this string; may be repeated.", HelpName = "text" };
    private readonly Option<string> _precision = new("--precision") { Description = $"How weights are held: {string.Join(", ", Precisions.Names)}.", HelpName = "name", DefaultValueFactory = static _ => Precisions.Float32 };
    private readonly ThreadsOption _threads = new();

    /// <summary>Declares the command.</summary>
    public GenerateCommand()
        : base("generate", "Continue a text with a language model.", "generate runs/shakespeare/model.safetensors --prompt ROMEO: --temperature 0.8",
            "generate runs/ptb/model.safetensors --prompt the --top-p 0.9 --tokens 50 --seed 7", "generate runs/ptb/model.safetensors --input prompts.txt --temperature 0 --json")
    {
        Arguments.Add(_model);
        _precision.AcceptOnlyFromAmong([.. Precisions.Names]);
        foreach (Option option in (Option[])[_prompt, _input, _tokens, _temperature, _topK, _topP, _penalty, _seed, _stop, _precision, _threads])
        {
            Options.Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetResult(_prompt) is not null && result.GetResult(_input) is not null)
            {
                result.AddError("--prompt and --input exclude each other");
            }
        });
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!;
        GenerationConfig config = Config(arguments);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new UsageException(string.Join("; ", problems));
        }

        using TextGenerator generator = TextGenerator.Load(path, Precisions.Options(arguments.GetValue(_precision)!, arguments.GetValue(_threads)));
        var texts = new JsonArray();
        int tokens = 0;
        var clock = Stopwatch.StartNew();
        foreach (string prompt in Prompts(arguments, output))
        {
            JsonObject text = Write(generator, prompt, config, output, cancellationToken);
            tokens += (int)text["tokens"]!;
            texts.Add((JsonNode)text);
        }

        var document = new JsonObject
        {
            ["model"] = path,
            ["task"] = "lm",
            ["precision"] = arguments.GetValue(_precision),
            ["seed"] = config.Sampling.Seed,
            ["texts"] = texts,
            ["tokens_per_second"] = JsonNumber.Of(tokens / clock.Elapsed.TotalSeconds),
        };
        output.Result(document, _ => output.Message(string.Create(CultureInfo.InvariantCulture, $"{tokens:N0} tokens in {clock.Elapsed.TotalSeconds:F2} s")));
        return Task.CompletedTask;
    }

    private GenerationConfig Config(ParseResult arguments) => new()
    {
        Tokens = arguments.GetValue(_tokens),
        Stop = arguments.GetValue(_stop) ?? [],
        Sampling = new SamplingConfig
        {
            Temperature = arguments.GetValue(_temperature),
            TopK = arguments.GetValue(_topK),
            TopP = arguments.GetValue(_topP),
            RepetitionPenalty = arguments.GetValue(_penalty),
            Seed = arguments.GetValue(_seed),
        },
    };

    private IEnumerable<string> Prompts(ParseResult arguments, CommandOutput output)
    {
        if (arguments.GetValue(_input) is not { } input)
        {
            yield return arguments.GetValue(_prompt) ?? "";
            yield break;
        }

        using TextReader reader = input == "-" ? output.Input : new StreamReader(input, new UTF8Encoding(false, throwOnInvalidBytes: false));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static JsonObject Write(TextGenerator generator, string prompt, GenerationConfig config, CommandOutput output, CancellationToken cancellation)
    {
        using TextGeneration generation = generator.Begin(prompt, config);
        var text = new StringBuilder();
        output.Stream(prompt);
        while (generation.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            text.Append(generation.Current);
            output.Stream(generation.Current);
        }

        output.Stream("\n");
        return new JsonObject { ["prompt"] = prompt, ["text"] = text.ToString(), ["tokens"] = generation.Tokens, ["end"] = End(generation.End) };
    }

    private static string End(GenerationEnd end) => end switch { GenerationEnd.Stop => "stop", GenerationEnd.EndOfText => "end_of_text", _ => "length" };
}
