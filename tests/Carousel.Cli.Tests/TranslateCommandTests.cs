using System.Text;
using System.Text.Json;
using Carousel.Cli.Output;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;

namespace Carousel.Cli.Tests;

/// <summary><c>carousel translate</c> with a model drawn at random.</summary>
public sealed class TranslateCommandTests : IDisposable
{
    private static readonly string[] Lines = ["a dog runs", "", "Ünïcödé 😀 Привет", "two men"];

    private readonly Workplace _workplace = new();
    private readonly string _model;

    public TranslateCommandTests() => _model = Save("translator.safetensors", recipe: null);

    public void Dispose() => _workplace.Dispose();

    [Fact]
    public async Task Argument_file_and_standard_input_give_the_same_lines()
    {
        string[] expected = Expected(new BeamConfig());
        string file = _workplace.Write("source.txt", string.Join("\r\n", Lines));

        CommandRun fromFile = await CommandRun.Of("translate", _model, "--input", file);
        CommandRun piped = await Workplace.RunAsync(["translate", _model, "--threads", "1"], string.Join('\n', Lines) + "\n");
        CommandRun argument = await CommandRun.Of("translate", _model, Lines[2]);

        Assert.Equal((0, ""), (fromFile.ExitCode, fromFile.Messages));
        Assert.Equal(string.Concat(expected.Select(line => line + "\n")), fromFile.Output);
        Assert.Equal(fromFile.Output, piped.Output);
        Assert.Equal(expected[2] + "\n", argument.Output);
    }

    [Fact]
    public async Task Piped_line_is_answered_before_the_next_one_comes()
    {
        using StringWriter output = new(), messages = new();
        var answers = new List<int>();
        using var input = new SlowLines(Lines, () => answers.Add(output.ToString().Count(character => character == '\n')));

        int code = await new CarouselApplication(TimeProvider.System, trace: false)
            .RunAsync(["translate", _model], new ConsoleStreams(output, false, messages, false) { Bytes = input }, TestContext.Current.CancellationToken);

        Assert.Equal(0, code);
        Assert.Equal([0, 1, 2, 3, 4], answers);
    }

    [Fact]
    public async Task Json_is_one_document_with_scores_and_alignment()
    {
        CommandRun run = await Workplace.RunAsync(["translate", _model, "--json", "--n-best", "2", "--beam", "4", "--align"], string.Join('\n', Lines));

        JsonElement[] sentences = [.. run.Document.GetProperty("sentences").EnumerateArray()];
        Assert.Equal("translate", run.Document.GetProperty("task").GetString());
        Assert.Equal(Lines, sentences.Select(sentence => sentence.GetProperty("source").GetString()));
        Assert.Equal(Expected(new BeamConfig { Beam = 4, Best = 2 }), sentences.Select(sentence => sentence.GetProperty("translations")[0].GetProperty("text").GetString()));
        Assert.Equal([2, 1, 2, 2], sentences.Select(sentence => sentence.GetProperty("translations").GetArrayLength()));
        JsonElement alignment = sentences[0].GetProperty("alignment");
        Assert.Equal(["a", Tokenizer.End], new[] { 1, 11 }.Select(at => alignment.GetProperty("source")[at].GetString()));
        Assert.Equal(alignment.GetProperty("target").GetArrayLength(), alignment.GetProperty("weights").GetArrayLength());
        Assert.All(alignment.GetProperty("weights").EnumerateArray(), row => Assert.InRange(row.EnumerateArray().Sum(weight => weight.GetDouble()), 0.99, 1.01));
    }

    [Fact]
    public async Task N_best_shows_line_score_and_text()
    {
        CommandRun run = await Workplace.RunAsync(["translate", _model, "--n-best", "3"], "a dog\ntwo men\n");

        string[][] rows = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('\t'))];
        Assert.Equal(["1", "1", "1", "2", "2", "2"], rows.Select(row => row[0]));
        double[] scores = [.. rows.Take(3).Select(row => double.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(scores.OrderDescending(), scores);
    }

    [Theory]
    [InlineData("{ \"task\": \"translate\", \"beam\": { \"beam\": 2, \"length_penalty\": 3 }, \"of_another_version\": 1 }", 2, 3)]
    [InlineData("{ \"task\": \"translate\" }", 5, 0.6)]
    public async Task Search_is_that_of_the_recipe_unless_it_is_given(string recipe, int beam, double penalty)
    {
        string path = Save("with-recipe.safetensors", recipe);
        CommandRun usual = await Workplace.RunAsync(["translate", path], string.Join('\n', Lines)), given = await Workplace.RunAsync(["translate", path, "--beam", "1"], string.Join('\n', Lines));

        Assert.Equal(Expected(new BeamConfig { Beam = beam, LengthPenalty = penalty }), usual.Output.TrimEnd('\n').Split('\n'));
        Assert.Equal(Expected(new BeamConfig { Beam = 1, LengthPenalty = penalty }), given.Output.TrimEnd('\n').Split('\n'));
        Assert.NotEqual(Expected(new BeamConfig { Beam = 2, LengthPenalty = 3 }), Expected(new BeamConfig()));
    }

    [Fact]
    public async Task Recipe_whose_search_is_damaged_is_refused()
    {
        string path = Save("with-recipe.safetensors", "{ \"beam\": { \"beem\": 2 } }");
        Workplace.AssertFails(await CommandRun.Of("translate", path, "a dog"), 1, "holds a recipe that cannot be read");
    }

    [Fact]
    public async Task Stream_writes_what_a_beam_of_one_finds()
    {
        CommandRun streamed = await Workplace.RunAsync(["translate", _model, "--stream"], string.Join('\n', Lines));

        Assert.Equal(string.Concat(Expected(new BeamConfig { Beam = 1 }).Select(line => line + "\n")), streamed.Output);
    }

    [Fact]
    public async Task Sample_seed_determines_each_sentence_by_itself()
    {
        string[] sample = ["translate", _model, "--sample", "--temperature", "2", "--top-k", "50"];
        CommandRun all = await Workplace.RunAsync([.. sample, "--seed", "3"], string.Join('\n', Lines)), last = await Workplace.RunAsync([.. sample, "--seed", "3"], Lines[^1]);
        CommandRun other = await Workplace.RunAsync([.. sample, "--seed", "4"], Lines[^1]), json = await Workplace.RunAsync([.. sample, "--seed", "3", "--json"], Lines[^1]);

        Assert.EndsWith("\n" + last.Output, all.Output, StringComparison.Ordinal);
        Assert.NotEqual(last.Output, other.Output);
        JsonElement translation = json.Document.GetProperty("sentences")[0].GetProperty("translations")[0];
        Assert.Equal(last.Output, translation.GetProperty("text").GetString()!.ReplaceLineEndings(" ") + "\n");
        Assert.True(translation.GetProperty("log_probability").GetDouble() < 0);
    }

    [Fact]
    public async Task Long_line_is_read_up_to_the_limit_with_a_warning()
    {
        CommandRun run = await Workplace.RunAsync(["translate", _model], $"a\n{new string('q', 10_000)}\n");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Output.Count(character => character == '\n'));
        Assert.Contains("warning: line 2 has 10001 tokens, of which the model reads the first 30", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_with_line_and_place()
    {
        string file = _workplace.PathOf("broken.txt");
        await File.WriteAllBytesAsync(file, [.. "good\nb"u8, 0xC3, .. "(d\n"u8], TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.Of("translate", _model, "--input", file, "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("broken.txt, line 2: byte 2 of the line is 0xC3, which is not valid UTF-8", run.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("best is 7, expected 1 … 5, the beam", "--n-best", "7")]
    [InlineData("beam is 0, expected 1 … 256", "--beam", "0")]
    [InlineData("--seed has no effect without --sample", "--seed", "3")]
    [InlineData("temperature is -1, expected 0 or 0.01 … 100", "--sample", "--temperature", "-1")]
    [InlineData("length_penalty is -1, expected 0 … 10", "--length-penalty", "-1")]
    public async Task Search_that_cannot_be_is_refused(string message, params string[] options) =>
        Workplace.AssertFails(await CommandRun.Of(["translate", _model, "a dog", .. options]), 2, message);

    [Fact]
    public async Task Missing_input_and_another_model_are_refused()
    {
        Workplace.AssertFails(await CommandRun.Of("translate", _model, "--input", _workplace.PathOf("none.txt")), 1, "none.txt");
        await _workplace.TrainedAsync();
        Workplace.AssertFails(await CommandRun.Of("translate", _workplace.Model, "a dog"), 1, "holds a model for the task 'forecast', expected 'translate'");
    }

    // The same weights each time.
    private string Save(string name, string? recipe)
    {
        var tokenizer = new BytePairTokenizer(Tokenizer.SpecialSymbols, [], LeadingSpace: true);
        var config = new Seq2SeqConfig
        {
            SourceVocabularySize = tokenizer.Count, TargetVocabularySize = tokenizer.Count, EmbeddingSize = 12, HiddenSize = 24, Layers = 1, Bidirectional = true, Bridge = BridgeKind.Final,
            Attention = AttentionKind.LuongGeneral, InputFeeding = true, Tied = TiedEmbeddings.All, MaxSourceLength = 30, MaxTargetLength = 20,
        };
        var random = new Random(6);
        string path = _workplace.PathOf(name);
        new ModelFile(
            config,
            config.Parameters().Select(parameter => StoredTensor.FromSingles(
                parameter.Name, parameter.Shape, [.. Enumerable.Range(0, checked((int)parameter.Count)).Select(_ => (random.NextSingle() - 0.5f) * 1.2f)])),
            recipe: recipe,
            tokenizer: tokenizer).Save(path);
        return path;
    }

    private string[] Expected(BeamConfig search)
    {
        using var translator = Translator.Load(_model);
        return [.. translator.Translate(Lines, search, TestContext.Current.CancellationToken).Select(sentence => sentence.Text.ReplaceLineEndings(" "))];
    }

    // Gives a line with each read, and tells when it is asked for one.
    private sealed class SlowLines(string[] lines, Action asked) : MemoryStream
    {
        private int _next;

        public override int Read(byte[] buffer, int offset, int count)
        {
            asked();
            return _next == lines.Length ? 0 : Encoding.UTF8.GetBytes($"{lines[_next++]}\n", buffer.AsSpan(offset, count));
        }
    }
}
