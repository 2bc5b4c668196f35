using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Tasks.Transcription;

namespace Carousel.Tests.Tasks.Transcription;

public sealed class SpeechCorpusTests : IDisposable
{
    private static readonly AudioFeaturesConfig Frames = new() { Kind = AudioFeatureKind.Precomputed, Cepstra = SpokenPatterns.Features };
    private static readonly AudioFeaturesConfig Audio = new() { SampleRate = 8000, Mels = 8 };

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Sphinx_folders_are_read_with_their_speakers()
    {
        SpeechCorpus corpus = SpeechCorpus.Read(SpokenPatterns.Write(_folder), Frames);
        Assert.Equal((40, 0, 16), (corpus.Train.Count, corpus.Valid.Count, corpus.Test.Count));
        Assert.Equal(5, corpus.Train.Select(utterance => utterance.Speaker).Distinct().Count());
        Assert.All(corpus.Train, utterance => Assert.Equal(4 * (utterance.Text.Length + 4), utterance.FrameCount));
    }

    [Fact]
    public void Lists_of_recordings_are_read_in_three_forms()
    {
        float[] tone = [.. Enumerable.Range(0, 4000).Select(i => 0.5f * MathF.Sin(i * 0.3f))];
        foreach (string name in new[] { "a", "b", "c" })
        {
            WaveWriter.Write(Path.Combine(_folder, "wavs", $"{name}.wav"), tone, 8000);
        }

        Write("list.tsv", "path\ttext\tspeaker\tsplit\nwavs/a.wav\tone  two\tann\ttrain\nwavs/b.wav\tthree\tbob\ttest\n");
        Write("list.jsonl", "{\"path\":\"wavs/a.wav\",\"text\":\"one two\",\"speaker\":\"ann\"}\n{\"path\":\"wavs/b.wav\",\"text\":\"three\",\"speaker\":\"bob\",\"split\":\"test\"}\n");
        Write("metadata.csv", "a|1 2|one two\nb|three\nc.wav|four\n");
        foreach (string list in new[] { "list.tsv", "list.jsonl" })
        {
            SpeechCorpus corpus = SpeechCorpus.Read(Path.Combine(_folder, list), Audio);
            Assert.Equal(("one two", "ann"), (corpus.Train[0].Text, corpus.Train[0].Speaker));
            Assert.Equal("three", Assert.Single(corpus.Test).Text);
            Assert.Equal(4000, corpus.Train[0].Clip!.Samples.Length);
        }

        SpeechCorpus metadata = SpeechCorpus.Read(_folder, Audio);
        Assert.Equal(["one two", "three", "four"], metadata.Train.Select(utterance => utterance.Text));
        (IReadOnlyList<Utterance> train, IReadOnlyList<Utterance> valid, IReadOnlyList<Utterance> test) = metadata.Parts(new HoldOutConfig());
        Assert.Equal((1, 1, 1), (train.Count, valid.Count, test.Count));
    }

    [Theory]
    [InlineData("list.tsv", "text\tfile\n", "the heading is 'text, file'")]
    [InlineData("list.tsv", "path\ttext\na.wav\n", "line 2: has 1 fields, expected 2")]
    [InlineData("list.tsv", "path\ttext\na.wav\thello\n", "line 2: no such recording")]
    [InlineData("list.tsv", "path\ttext\n", "lists no recording to train on")]
    [InlineData("list.tsv", "path\ttext\tsplit\nhere.wav\thello\tdev\n", "line 2, column 'split': 'dev' is no part")]
    [InlineData("list.tsv", "path\ttext\nshort.wav\thello\n", "short.wav: is shorter than one frame")]
    [InlineData("list.jsonl", "{\"path\":\"a.wav\"}\n", "line 1: is no object with the texts")]
    [InlineData("list.jsonl", "hello\n", "line 1: is not JSON")]
    [InlineData("metadata.csv", "hello\n", "line 1: has 1 fields")]
    public void A_broken_list_is_refused_with_its_line(string name, string text, string message)
    {
        WaveWriter.Write(Path.Combine(_folder, "here.wav"), new float[800], 8000);
        WaveWriter.Write(Path.Combine(_folder, "short.wav"), new float[10], 8000);
        Write(name, text);
        Assert.Contains(message, Assert.Throws<DataFileException>(() => SpeechCorpus.Read(Path.Combine(_folder, name), Audio)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_folder_is_refused()
    {
        Assert.Contains("no such file or folder", Problem(Path.Combine(_folder, "missing"), Frames), StringComparison.Ordinal);
        Assert.Contains("holds neither metadata.csv nor", Problem(_folder, Frames), StringComparison.Ordinal);
        SpokenPatterns.Write(_folder);
        Assert.Contains("set model.features.kind=precomputed", Problem(_folder, Audio), StringComparison.Ordinal);
        Assert.Contains("whole frames of 5", Problem(_folder, Frames with { Cepstra = 5 }), StringComparison.Ordinal);
        string list = Path.Combine(_folder, "etc", "toy_test.transcription"), feature = Path.Combine(_folder, "feat", "test", "speaker0", "u0.mfc");
        string[] lines = File.ReadAllLines(list);
        File.WriteAllLines(list, lines[1..]);
        Assert.Contains("has 15 lines for 16 recordings", Problem(_folder, Frames), StringComparison.Ordinal);
        File.WriteAllLines(list, [lines[1], lines[0], .. lines[2..]]);
        Assert.Contains("line 1", Problem(_folder, Frames), StringComparison.Ordinal);
        File.WriteAllLines(list, lines);
        SpokenPatterns.WriteFrames(feature, []);
        Assert.Contains("u0.mfc: holds no frames", Problem(_folder, Frames), StringComparison.Ordinal);
        File.Delete(feature);
        Assert.Contains("no such file", Problem(_folder, Frames), StringComparison.Ordinal);
    }

    [Fact]
    public void Utterances_too_short_for_their_labels_are_left_out_with_a_warning_unless_all_are()
    {
        SpokenPatterns.Write(_folder);
        SpeechCorpus corpus = SpeechCorpus.Read(_folder, Frames);
        TranscriptionRecipe recipe = new() { Model = new TranscriberConfig { Labels = 0, Features = Frames, Network = new LstmConfig(0, 4) } };

        // "aa" needs three time steps: a blank must stand between.
        Utterance tight = new("tight", "x", new float[3 * SpokenPatterns.Features], SpokenPatterns.Features, "aa"), tooShort = tight with { Name = "too short", Frames = new float[2 * SpokenPatterns.Features] };
        TranscriptionData data = TranscriptionData.Of(corpus with { Train = [.. corpus.Train, tight, tooShort] }, recipe);
        Assert.Contains(data.Train, utterance => utterance.Name == "tight");
        Assert.DoesNotContain(data.Train.Concat(data.Valid), utterance => utterance.Name == "too short");
        Assert.Contains("too short has 2 time steps for labels that need 3", Assert.Single(data.Warnings), StringComparison.Ordinal);
        Assert.Contains("no training utterance is long enough", Assert.Throws<DataFileException>(() => TranscriptionData.Of(corpus with { Train = [.. corpus.Train.Where(utterance => utterance.Text.Length > 1)] }, recipe with
        {
            Model = recipe.Model with { Features = Frames with { Stack = 60 } },
        })).Message, StringComparison.Ordinal);
        Assert.Contains("expected 7", Assert.Throws<DataFileException>(() => TranscriptionData.Of(corpus, recipe with { Model = recipe.Model with { Features = Frames with { Cepstra = 7 } } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_that_training_never_saw_count_as_errors_and_stop_nothing()
    {
        SpokenPatterns.Write(_folder);
        SpeechCorpus corpus = SpeechCorpus.Read(_folder, Frames);
        TranscriptionRecipe recipe = new() { Model = new TranscriberConfig { Labels = 0, Features = Frames, Network = new LstmConfig(0, 4) } };
        TranscriptionData data = TranscriptionData.Of(corpus with { Test = [corpus.Test[0] with { Text = "zebra ab" }] }, recipe);
        Assert.Equal([" ", "a", "b", "c"], data.Labels.Tokens);
        TranscriptionScore score = TranscriptionScore.Of(data.Test, ["ab"]);
        Assert.Equal((1, 2), (score.Words.Errors, score.Words.ReferenceLength));
        Assert.Equal(1, score.Metrics["deletions"]);
        Assert.Equal("3 labels of the validation and test part are in no training transcript and will never be heard: e r z", Assert.Single(data.Warnings));
        Assert.Contains("no training utterance has a text", Assert.Throws<DataFileException>(() => TranscriptionData.Of(corpus with { Train = [.. corpus.Train.Select(utterance => utterance with { Text = "" })] }, recipe)).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private static string Problem(string path, AudioFeaturesConfig features) => Assert.Throws<DataFileException>(() => SpeechCorpus.Read(path, features)).Message;
}
