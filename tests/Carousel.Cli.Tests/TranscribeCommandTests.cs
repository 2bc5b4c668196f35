using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Cli.Tests;

public sealed class TranscribeCommandTests : IDisposable
{
    private const int Rate = 8000;

    private readonly Workplace _place = new();

    [Fact]
    public async Task Transcribe_file_and_standard_input_in_any_chunks_hear_the_same()
    {
        string model = await TrainedAsync("normalisation=none");
        float[] samples = [.. Tone(500), .. new float[Rate / 2], .. Tone(1500), .. new float[Rate / 2]];
        WriteWave("both.wav", samples);
        JsonObject file = await HeardAsync(["transcribe", model, _place.PathOf("both.wav"), "--json"]);
        JsonObject live = await HeardAsync(["transcribe", model, "-", "--silence", "100", "--json"], Bytes(samples));
        JsonObject dripping = await HeardAsync(["transcribe", model, "-", "--silence", "100", "--json"], Bytes(samples), atOnce: 3);
        Assert.Equal(Words(file), Words(live));
        Assert.Equal(Words(file), Words(dripping));
        Assert.NotEmpty(Words(file));
        JsonObject greedy = await HeardAsync(["transcribe", model, _place.PathOf("both.wav"), "--greedy", "--json"]);
        Assert.Equal(0, (double)greedy["allocated_bytes_per_frame"]!);
        Assert.InRange((double)file["real_time_factor"]!, 1e-9, 10);
        Assert.Equal(samples.Length / (double)Rate, (double)file["audio_seconds"]!, 1e-9);
        Assert.True((double)file["algorithmic_delay_seconds"]! > 0.02);
        Assert.True((double)file["frame_us_p99"]! >= (double)file["frame_us_p50"]!);
    }

    [Fact]
    public async Task Transcribe_silence_ends_an_utterance_and_text_comes_line_by_line()
    {
        string model = await TrainedAsync("normalisation=none");
        float[] samples = [.. Tone(500), .. new float[Rate], .. Tone(1500), .. new float[Rate / 2]];
        JsonObject heard = await HeardAsync(["transcribe", model, "-", "--silence", "0.5", "--json"], Bytes(samples));
        Assert.Equal(2, heard["items"]!.AsArray().Count);
        Assert.InRange((double)heard["items"]![1]!["start"]!, 0.7, 1.4);
        CommandRun text = await RunAsync(["transcribe", model, "-", "--silence", "0.5"], Bytes(samples));
        Assert.Equal(2, text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("real-time factor", text.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("word", "word")]
    [InlineData("character", "character")]
    [InlineData("character", "word")]
    public async Task Transcribe_and_evaluate_with_a_language_model_of_any_kind(string labels, string unit)
    {
        string model = await TrainedAsync("normalisation=none", labels), list = _place.PathOf("tones.tsv"), lm = await LanguageModelAsync("said", "low\nhigh\nlow high\n", unit);
        float[] samples = [.. Tone(500), .. new float[Rate / 2], .. Tone(1500), .. new float[Rate / 2]];
        WriteWave("both.wav", samples);
        JsonObject plain = await HeardAsync(["transcribe", model, _place.PathOf("both.wav"), "--lm-weight", "0", "--token-bonus", "0", "--json"]);
        string[] search = ["--lm", lm, "--lm-weight", "0.7", "--token-bonus", "0.5", "--beam", "8", "--json"];
        JsonObject file = await HeardAsync(["transcribe", model, _place.PathOf("both.wav"), .. search]);
        foreach (int atOnce in new[] { 2, 321, int.MaxValue })
        {
            JsonObject live = await HeardAsync(["transcribe", model, "-", "--silence", "100", .. search], Bytes(samples), atOnce);
            Assert.Equal(Words(file), Words(live));
            Assert.Equal((double)file["items"]![0]!["score"]!, (double)live["items"]![0]!["score"]!);
        }

        Assert.NotEqual((double)plain["items"]![0]!["score"]!, (double)file["items"]![0]!["score"]!);
        JsonObject measured = await HeardAsync(["evaluate", model, "--data", list, .. search]);
        Assert.Equal(lm, (string)measured["language_model"]!);
        Assert.Equal((double)measured["metrics"]!["wer"]!, (double)(await HeardAsync(["evaluate", model, "--data", list, "--precision", "float32", .. search]))["metrics"]!["wer"]!);
        Assert.Equal("model file", (string)(await HeardAsync(["evaluate", model, "--data", list, "--json"]))["language_model"]!);

        string arpa = _place.Write("words.arpa", "\\data\\\nngram 1=3\n\n\\1-grams:\n-0.3\tlow\n-0.5\thigh\n-1\t</s>\n\n\\end\\\n");
        Assert.Equal(arpa, (string)(await HeardAsync(["evaluate", model, "--data", list, "--lm", arpa, "--json"]))["language_model"]!);
    }

    [Fact]
    public async Task Transcribe_with_a_wrong_language_model_says_what_is_wrong_with_it()
    {
        string model = await TrainedAsync("normalisation=none"), loud = await LanguageModelAsync("loud", "LOW\nHIGH\nLOW HIGH\n", "word"), letters = await LanguageModelAsync("letters", "low\nhigh\nlow high\n", "character");
        WriteWave("low.wav", Tone(500));
        await AssertRefusedAsync(loud, ExitCode.Failed, "; is it of another language, or of another letter case?");
        await AssertRefusedAsync(letters, ExitCode.Failed, "one of characters, but the transcriber's labels are words");
        await AssertRefusedAsync(model, ExitCode.Failed, "holds a model for the task 'transcribe', expected a language model");
        await AssertRefusedAsync(_place.PathOf("tones.tsv"), ExitCode.Failed, "is no language model");
        await AssertRefusedAsync(_place.PathOf("none"), ExitCode.Failed, "no such file");
        await AssertRefusedAsync(loud, ExitCode.WrongUsage, "--greedy searches for nothing", "--greedy");
        await AssertRefusedAsync(loud, ExitCode.WrongUsage, "width is 0", "--beam", "0");
        Workplace.AssertFails(await RunAsync(["evaluate", loud, "--data", _place.PathOf("loud.txt"), "--lm", loud], []), ExitCode.WrongUsage, "are for transcribers");

        async Task AssertRefusedAsync(string lm, int code, string message, params string[] more) =>
            Workplace.AssertFails(await RunAsync(["transcribe", model, _place.PathOf("low.wav"), "--lm", lm, .. more], []), code, message);
    }

    [Fact]
    public async Task Transcribe_silence_clipping_and_another_sample_rate_give_clear_results()
    {
        string model = await TrainedAsync("normalisation=none");
        float[] samples = [.. Tone(500), .. new float[Rate / 2], .. Tone(1500), .. new float[Rate / 2]];
        WriteWave("usual.wav", samples);
        WriteWave("quiet.wav", new float[Rate]);
        WriteWave("loud.wav", [.. samples.Select(sample => Math.Clamp(4 * sample, -1, 0.9999f))]);
        WriteWave("fast.wav", Resampler.Resample(samples, Rate, 44100), 44100);
        Assert.NotEmpty(Words(await HeardAsync(["transcribe", model, _place.PathOf("usual.wav"), "--json"])));
        Assert.Equal(await TextAsync("usual.wav"), await TextAsync("fast.wav"));
        Assert.DoesNotContain("warning", (await RunAsync(["transcribe", model, _place.PathOf("usual.wav")], [])).Messages, StringComparison.Ordinal);
        CommandRun quiet = await RunAsync(["transcribe", model, _place.PathOf("quiet.wav"), "--json"], []), loud = await RunAsync(["transcribe", model, _place.PathOf("loud.wav")], []);
        Assert.Contains("quiet.wav is silent: every sample is 0", quiet.Messages, StringComparison.Ordinal);
        Assert.Equal(0, quiet.ExitCode);
        Assert.Matches(@"\d+\.\d % of the samples of .*loud\.wav are clipped", loud.Messages);
        Assert.Equal(0, loud.ExitCode);
        CommandRun wave = await RunAsync(["transcribe", model, "-"], File.ReadAllBytes(_place.PathOf("usual.wav")));
        Workplace.AssertFails(wave, ExitCode.Failed, "standard input: begins with 'RIFF'");

        async Task<string> TextAsync(string name) => (string)(await HeardAsync(["transcribe", model, _place.PathOf(name), "--json"]))["items"]![0]!["text"]!;
    }

    [Fact]
    public async Task Transcribe_what_cannot_be_heard_is_said_clearly()
    {
        string model = await TrainedAsync("normalisation=none"), whole = await TrainedAsync("normalisation=mean");
        WriteWave("empty.wav", []);
        Assert.Equal("", (string)(await HeardAsync(["transcribe", model, _place.PathOf("empty.wav"), "--json"]))["items"]![0]!["text"]!);
        Assert.Empty((await HeardAsync(["transcribe", model, "-", "--json"], []))["items"]!.AsArray());
        CommandRun odd = await RunAsync(["transcribe", model, "-"], [1, 2, 3]);
        Assert.Contains("1 bytes are left over", odd.Messages, StringComparison.Ordinal);
        Workplace.AssertFails(await RunAsync(["transcribe", model, "-", "--encoding", "mp3"], []), ExitCode.WrongUsage, "--encoding is 'mp3', expected s16le or f32le");
        Workplace.AssertFails(await RunAsync(["transcribe", model, "-", "--rate", "7"], []), ExitCode.Failed, "7");
        Workplace.AssertFails(await RunAsync(["transcribe", whole, "-"], []), ExitCode.WrongUsage, "depend on the whole utterance");
        Workplace.AssertFails(await RunAsync(["transcribe", whole, _place.PathOf("empty.wav"), "--silence", "1"], []), ExitCode.WrongUsage, "--silence finds utterances while it listens");
        Assert.Contains("empty.wav holds no audio", (await RunAsync(["transcribe", model, _place.PathOf("empty.wav")], [])).Messages, StringComparison.Ordinal);
        Workplace.AssertFails(await RunAsync(["transcribe", model, _place.PathOf("none.wav")], []), ExitCode.Failed, "none.wav: no such file");
        Workplace.AssertFails(await RunAsync(["transcribe", model, _place.Data], []), ExitCode.Failed, "expected a WAVE file");
    }

    public void Dispose() => _place.Dispose();

    private static float[] Tone(double hz) => [.. Enumerable.Range(0, Rate * 3 / 10).Select(i => (float)(0.4 * Math.Sin(2 * Math.PI * hz * i / Rate)))];

    private static byte[] Bytes(float[] samples) => [.. samples.SelectMany(sample => BitConverter.GetBytes((short)(sample * 32768)))];

    private static async Task<JsonObject> HeardAsync(string[] arguments, byte[]? input = null, int atOnce = int.MaxValue)
    {
        CommandRun run = await RunAsync(arguments, input ?? [], atOnce);
        Assert.True(run.ExitCode == 0, run.Messages);
        return JsonNode.Parse(run.Output)!.AsObject();
    }

    private static async Task<CommandRun> RunAsync(string[] arguments, byte[] input, int atOnce = int.MaxValue)
    {
        using StringWriter output = new(), messages = new();
        using var pipe = new Pipe(input, atOnce);
        int code = await new CarouselApplication(TimeProvider.System, trace: false)
            .RunAsync(arguments, new ConsoleStreams(output, false, messages, false) { Bytes = pipe }, TestContext.Current.CancellationToken);
        return new CommandRun(code, output.ToString(), messages.ToString());
    }

    private static IEnumerable<string> Words(JsonObject heard) => heard["items"]!.AsArray().SelectMany(item => item!["words"]!.AsArray()).Select(word => word!.ToJsonString());

    // Two words, a low and a high tone; enough training to hear each where it is.
    private async Task<string> TrainedAsync(string normalisation, string unit = "word")
    {
        string run = _place.PathOf($"{normalisation}-{unit}");
        var lines = new List<string> { "path\ttext\tsplit" };
        for (int at = 0; at < 24; at++)
        {
            string name = $"tone{at}.wav";
            float[] gap = new float[1200 * (1 + (at % 7))];
            WriteWave(name, at % 3 == 2 ? [.. gap, .. Tone(500), .. gap, .. Tone(1500), .. gap] : [.. gap, .. Tone(at % 3 == 0 ? 500 : 1500), .. gap]);
            lines.Add($"{name}\t{(at % 3 == 0 ? "low" : at % 3 == 1 ? "high" : "low high")}\t{(at < 16 ? "train" : at < 20 ? "valid" : "test")}");
        }

        string list = _place.Write("tones.tsv", string.Join('\n', lines) + "\n");
        CommandRun trained = await CommandRun.Of(["train", "transcribe", "--data", list, "--out", run, "--threads", "1", .. Settings($"model.features.{normalisation}", $"unit={unit}")]);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        return Path.Combine(run, "model.safetensors");
    }

    private async Task<string> LanguageModelAsync(string name, string lines, string unit)
    {
        string run = _place.PathOf(name), text = _place.Write($"{name}.txt", string.Concat(Enumerable.Repeat(lines, 30)));
        CommandRun trained = await CommandRun.Of("train", "lm", "--data", text, "--out", run, "--threads", "1", "--hidden", "8", "--set", $"text.unit={unit}", "training.epochs=2", "training.batch_size=4");
        Assert.True(trained.ExitCode == 0, trained.Messages);
        return Path.Combine(run, "model.safetensors");
    }

    private static IEnumerable<string> Settings(params string[] first) => ((string[])
    [
        .. first, "model.features.sample_rate=8000", "model.features.mels=10", "model.network={\"type\":\"lstm\",\"input_size\":0,\"hidden_size\":12}", "frames.warp=0", "training.epochs=25",
        "training.batch_size=4", "training.optimizer.learning_rate=0.02",
    ]).SelectMany(setting => (string[])["--set", setting]);

    private void WriteWave(string name, float[] samples, int rate = Rate)
    {
        byte[] data = Bytes(samples);
        using var writer = new BinaryWriter(File.Create(_place.PathOf(name)));
        writer.Write("RIFF"u8);
        writer.Write(36 + data.Length);
        writer.Write("WAVEfmt "u8);
        foreach (int word in new[] { 16, 0x10001, rate, 2 * rate, 0x100002 })
        {
            writer.Write(word);
        }

        writer.Write("data"u8);
        writer.Write(data.Length);
        writer.Write(data);
    }

    private sealed class Pipe(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atOnce));
    }
}
