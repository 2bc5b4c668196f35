using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Tasks.Translation;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel translate</c>: one translation for each line, written as soon as it is there.</summary>
internal sealed class TranslateCommand : CliCommand
{
    // Lines of a file that are read ahead, so that sentences of similar length meet.
    private const int LinesAtOnce = 16 * Translator.BatchSize;

    private readonly Argument<string> _model = new("model") { Description = "The model file." };
    private readonly Argument<string?> _text = new("text") { Description = "A sentence; without it the input is translated line by line.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _input = new("--input") { Description = "A text with one sentence to the line, or - for standard input.", HelpName = "path", DefaultValueFactory = _ => "-" };
    private readonly SearchOptions _search = new();
    private readonly SamplingOptions _sampling = new();
    private readonly Option<bool> _stream = new("--stream") { Description = "Write each piece as soon as it is chosen: the most probable token at each step." };
    private readonly Option<bool> _align = new("--align") { Description = "With --json, what each token of the best translation looked at." };
    private readonly Option<string> _precision = new("--precision") { Description = $"How weights are held: {string.Join(", ", Precisions.Names)}.", HelpName = "name", DefaultValueFactory = _ => Precisions.Float32 };
    private readonly ThreadsOption _threads = new();

    /// <summary>Declares the command.</summary>
    public TranslateCommand()
        : base(
            "translate",
            "Translate sentences.",
            "translate runs/multi30k/model.safetensors \"A dog runs across the meadow.\"",
            "translate runs/multi30k/model.safetensors --input flickr.en --beam 5 --n-best 3",
            "translate runs/multi30k/model.safetensors --input - --beam 1 --precision int8 --threads 1",
            "translate runs/multi30k/model.safetensors --stream --sample --temperature 0.7 --seed 7",
            "translate runs/multi30k/model.safetensors --input flickr.en --length-penalty 1 --length-normalisation length --align --json")
    {
        Arguments.Add(_model);
        Arguments.Add(_text);
        Options.Add(_input);
        _search.AddTo(this);
        _sampling.AddTo(this);
        Options.Add(_stream);
        Options.Add(_align);
        _precision.AcceptOnlyFromAmong([.. Precisions.Names]);
        Options.Add(_precision);
        Options.Add(_threads);
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!;
        SamplingConfig? sampling = _sampling.Read(arguments);
        bool aligns = arguments.GetValue(_align), writes = sampling is not null || arguments.GetValue(_stream);
        ModelFile file = ModelFile.Load(path);
        BeamConfig search = _search.Read(arguments, TranslationModel.SearchOf(file, path) ?? new BeamConfig());
        using var translator = Translator.From(file, path, Precisions.Options(arguments.GetValue(_precision)!, arguments.GetValue(_threads)));
        Func<string, TranslatedSentence> write = Writer(translator, sampling, output);
        JsonArray sentences = [];
        long line = 0;
        var clock = Stopwatch.StartNew();
        foreach (List<string> texts in Texts(arguments, output))
        {
            IEnumerable<TranslatedSentence> translated = writes ? texts.Select(write) : translator.Translate(texts, search, cancellationToken);
            foreach ((string text, TranslatedSentence sentence) in texts.Zip(translated))
            {
                cancellationToken.ThrowIfCancellationRequested();
                line++;
                if (sentence.Source.Count < sentence.SourceLength)
                {
                    output.Warning(string.Create(CultureInfo.InvariantCulture, $"line {line} has {sentence.SourceLength} tokens, of which the model reads the first {sentence.Source.Count}"));
                }

                output.Stream(writes ? "\n" : Shown(sentence, line, search.Best));
                if (output.Json)
                {
                    sentences.Add((JsonNode)Document(text, sentence, aligns ? translator : null));
                }
            }
        }

        output.Result(new JsonObject { ["model"] = path, ["task"] = "translate", ["seconds"] = clock.Elapsed.TotalSeconds, ["sentences"] = sentences }, static _ => { });
        return Task.CompletedTask;
    }

    // Writes a sentence piece by piece. Each has the draws of the seed, so that none depends on those before it.
    private static Func<string, TranslatedSentence> Writer(Translator translator, SamplingConfig? sampling, CommandOutput output)
    {
        Sampler? sampler = sampling is null ? null : new Sampler(translator.Config.TargetVocabularySize, sampling, translator.Config.PaddingIndex, translator.Config.BeginIndex);
        return text =>
        {
            sampler?.Reset();
            double logProbability = 0;
            var tokens = new List<int>();
            var written = new StringBuilder();
            foreach (string piece in translator.Write(text, Choose))
            {
                written.Append(piece);
                output.Stream(OneLine(piece));
            }

            (IReadOnlyList<int> read, int length) = translator.Read(text);
            return new TranslatedSentence(read, length, [new Translation(written.ToString(), tokens, logProbability, logProbability)]);

            int Choose(ReadOnlySpan<float> next)
            {
                int token = sampler?.Next(next) ?? GreedySearch.MostProbable(next);
                logProbability += next[token];
                if (token != translator.Config.EndIndex)
                {
                    tokens.Add(token);
                }

                return token;
            }
        };
    }

    // Lines of a file many at a time; those of a pipe as they come, so that each is answered at once.
    private IEnumerable<List<string>> Texts(ParseResult arguments, CommandOutput output)
    {
        if (arguments.GetValue(_text) is { } text)
        {
            yield return [text];
            yield break;
        }

        string input = arguments.GetValue(_input)!;
        bool isPipe = input == "-";
        using Stream? file = isPipe ? null : File.OpenRead(input);
        var lines = new TextLines(file ?? output.InputBytes, isPipe ? "standard input" : Path.GetFileName(input));
        while (lines.Next() is { } first)
        {
            List<string> texts = [first];
            while (texts.Count < LinesAtOnce && (!isPipe || lines.HasLine) && lines.Next() is { } next)
            {
                texts.Add(next);
            }

            yield return texts;
        }
    }

    // The translation alone, or line, score and text of each.
    private static string Shown(TranslatedSentence sentence, long line, int best) => best == 1
        ? $"{OneLine(sentence.Text)}\n"
        : string.Concat(sentence.Translations.Select(translation => string.Create(CultureInfo.InvariantCulture, $"{line}\t{translation.Score:F4}\t{OneLine(translation.Text)}\n")));

    // A model may write a line end, but a line of the input has one line of the output.
    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static JsonObject Document(string text, TranslatedSentence sentence, Translator? aligner)
    {
        JsonArray translations = [.. sentence.Translations.Select(static translation => new JsonObject
        {
            ["text"] = translation.Text,
            ["score"] = JsonNumber.Of(translation.Score),
            ["log_probability"] = JsonNumber.Of(translation.LogProbability),
        })];
        var document = new JsonObject { ["source"] = text, ["source_tokens"] = sentence.SourceLength, ["read_tokens"] = sentence.Source.Count, ["translations"] = translations };
        if (aligner is not null)
        {
            IReadOnlyList<int> written = sentence.Translations[0].Tokens;
            document["alignment"] = new JsonObject
            {
                ["source"] = Pieces(aligner.Source, sentence.Source),
                ["target"] = Pieces(aligner.Target, written),
                ["weights"] = new JsonArray([.. aligner.Align(sentence.Source, written).Select(row => new JsonArray([.. row.Select(weight => JsonNumber.Of(Math.Round(weight, 4)))]))]),
            };
        }

        return document;
    }

    // The tokens as text, and the end.
    private static JsonArray Pieces(Tokenizer tokenizer, IReadOnlyList<int> ids) => [.. ids.Select(id => JsonValue.Create(tokenizer.Decode([id]))), JsonValue.Create(Tokenizer.End)];
}
