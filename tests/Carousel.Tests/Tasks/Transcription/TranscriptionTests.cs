using Carousel.Autograd;
using Carousel.Data;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Reports;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Schedules;
using Carousel.Tasks.Transcription;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Transcription;

public sealed class TranscriptionTests : IDisposable
{
    private static readonly AudioFeaturesConfig Features = new() { Kind = AudioFeatureKind.Precomputed, Cepstra = SpokenPatterns.Features, Deltas = 1, DeltaReach = 1 };

    private static readonly TranscriptionRecipe Recipe = new()
    {
        Name = "patterns",
        Frames = new FrameAugmentation { Speed = 0.1f, Noise = 0.1f, Warp = 0.02f },
        Masks = new SpecAugment { TimeMasks = 1, LongestTimeMask = 1 },
        HoldOut = new HoldOutConfig { ValidShare = 0.2 },
        LanguageModel = new NGramConfig { Order = 2 },
        Model = new TranscriberConfig { Labels = 0, Features = Features, Network = new SequentialConfig(new LstmConfig(0, 24) { Bidirectional = true, Dropout = 0.1f }, new DropoutConfig(0, 0.1f)) },
        Training = new TrainingConfig { Epochs = 2, BatchSize = 5, BucketBatches = 2, Optimizer = new AdamWConfig { LearningRate = 0.02 }, Seed = 3 },
    };

    // Only past frames are seen: no slopes, which need the frames after.
    private static readonly TranscriptionRecipe Streaming = Recipe with
    {
        Model = Recipe.Model with { Network = new SequentialConfig(new Conv1dConfig(0, 12, 3) { Causal = true }, new LstmConfig(0, 24)) },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_learns_to_hear_the_words_and_its_file_says_the_same()
    {
        TranscriptionResult result = Train(Recipe with { Training = Recipe.Training with { Epochs = 60, Optimizer = new AdamWConfig { LearningRate = 0.01 }, Schedule = new CosineConfig() } }, "run");
        Assert.True(result.Test.Search.Words.Value < 0.05, $"search {result.Test.Search.Words.Value}");
        Assert.True(result.Test.Greedy.Words.Value < 0.1, $"greedy {result.Test.Greedy.Words.Value}");
        Assert.Equal(0.2, result.Data.Valid.Count / (double)(result.Data.Valid.Count + result.Data.Train.Count));
        Assert.Single(result.Data.Valid.Select(utterance => utterance.Speaker).Distinct());

        using Transcriber transcriber = Transcriber.Load(Path.Combine(_folder, "run", "model.safetensors"));
        foreach ((int i, Utterance utterance) in result.Data.Test.Index())
        {
            Transcript heard = transcriber.TranscribeFrames(utterance.Frames);
            Assert.Equal(result.Test.Search.Hypotheses[i], heard.Text);
            Assert.Equal(heard.Text, string.Join(' ', heard.Words.Select(word => word.Text)));
            Assert.All(heard.Words, word => Assert.True(word.Start >= 0 && word.End > word.Start && word.End <= utterance.FrameCount * 0.01 && word.Confidence is > 0.2 and <= 1));
            Assert.Equal(heard.Words.OrderBy(word => word.Start), heard.Words);
        }

        string report = ReportPage.Render(TranscriptionReport.Of(result, DateTimeOffset.UnixEpoch));
        Assert.Contains("What it got wrong", report, StringComparison.Ordinal);
        Assert.Contains("characters, greedy", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_interrupted_and_resumed_or_with_more_threads_gives_the_same_bits()
    {
        Train(Recipe, "whole");
        Train(Recipe, "three", threads: 3);
        using var cancellation = new CancellationTokenSource();
        int reports = 0;
        Assert.Throws<OperationCanceledException>(() => Train(Recipe with { Training = Recipe.Training with { EvaluateEvery = 1 } }, "stopped", cancellation: cancellation, report: () =>
        {
            if (++reports == 4)
            {
                cancellation.Cancel();
            }
        }));
        Train(Recipe with { Training = Recipe.Training with { EvaluateEvery = 1 } }, "stopped");
        Train(Recipe with { Training = Recipe.Training with { EvaluateEvery = 1 } }, "unstopped");
        Assert.Equal(Model("whole"), Model("three"));
        Assert.Equal(Model("unstopped"), Model("stopped"));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 3)]
    public void A_padded_batch_gives_the_bits_that_each_utterance_gives_alone(bool bidirectional, int stride)
    {
        TranscriptionData data = Data(Recipe);
        TranscriberConfig config = Recipe.Model with
        {
            Labels = data.Labels.Count,
            Network = new SequentialConfig(
                new Conv1dConfig(Features.StepFeatures, 6, 3) { Stride = stride, Padding = 1 }, new LstmConfig(6, 5) { Layers = 2, Bidirectional = bidirectional }, new LayerNormConfig(bidirectional ? 10 : 5)),
        };
        var network = new TranscriptionNetwork(config, new RandomSource(7));
        var tape = new Tape(isRecording: false);
        float[][] together = TranscriptionModel.Logits(network, data.Scaler, data.Train, tape, TestContext.Current.CancellationToken);
        foreach ((int i, Utterance utterance) in data.Train.Index())
        {
            Assert.Equal(TranscriptionModel.Logits(network, data.Scaler, [utterance], tape, TestContext.Current.CancellationToken)[0], together[i]);
            Assert.Equal(config.OutputSteps(utterance.FrameCount) * (data.Labels.Count + 1), together[i].Length);
        }
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void A_stream_hears_what_the_whole_recording_says_in_any_chunks(Precision precision)
    {
        TranscriptionResult result = Train(Streaming with { Training = Recipe.Training with { Epochs = 12 } }, "run");
        string path = Path.Combine(_folder, "run", "model.safetensors");
        foreach (bool greedy in new[] { false, true })
        {
            using Transcriber transcriber = Transcriber.Load(path, new TranscriberOptions { Greedy = greedy }, new CompileOptions { Precision = precision });
            using TranscriptionStream stream = transcriber.OpenStream();
            foreach (Utterance utterance in result.Data.Test)
            {
                Transcript whole = transcriber.TranscribeFrames(utterance.Frames);
                for (int frame = 0; frame < utterance.FrameCount; frame++)
                {
                    stream.PushFrame(utterance.Frames.AsSpan(frame * SpokenPatterns.Features, SpokenPatterns.Features));
                }

                Assert.True(stream.HasSpeech);
                Assert.InRange(stream.SilenceSeconds, 0, stream.Seconds);
                Transcript heard = stream.Finish();
                Assert.Equal(whole.Text, heard.Text);
                Assert.Equal(whole.Words, heard.Words);
                Assert.Equal(whole.Score, heard.Score);
                Assert.False(stream.HasSpeech);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pushing_frames_allocates_nothing(bool greedy)
    {
        TranscriptionResult result = Train(Streaming, "run");
        using Transcriber transcriber = Transcriber.Load(Path.Combine(_folder, "run", "model.safetensors"), new TranscriberOptions { Greedy = greedy });
        using TranscriptionStream stream = transcriber.OpenStream();
        float[] frames = result.Data.Train[0].Frames;
        for (int round = 0; round < 60; round++)
        {
            long mark = Allocations.Mark();
            for (int at = 0; at < frames.Length; at += SpokenPatterns.Features)
            {
                stream.PushFrame(frames.AsSpan(at, SpokenPatterns.Features));
            }

            Assert.True(round < 30 || Allocations.Since(mark) == 0, $"round {round} allocated {Allocations.Since(mark)} bytes");
            if (round % 10 == 9)
            {
                stream.Finish();
            }
        }
    }

    [Fact]
    public void A_model_of_both_directions_listens_in_chunks_and_says_how_late()
    {
        TranscriptionResult result = Train(Recipe with { Training = Recipe.Training with { Epochs = 20 } }, "run");
        using Transcriber transcriber = Transcriber.Load(Path.Combine(_folder, "run", "model.safetensors"));
        using TranscriptionStream stream = transcriber.OpenStream(chunks: new ChunkedListening { ChunkSeconds = 0.05, LookAheadSeconds = 0.1, PastSeconds = 0.3 });
        Assert.Equal(0.15 + Features.DelaySeconds, stream.DelaySeconds, 1e-9);
        var heard = new List<string>();
        foreach (Utterance utterance in result.Data.Test)
        {
            for (int frame = 0; frame < utterance.FrameCount; frame++)
            {
                stream.PushFrame(utterance.Frames.AsSpan(frame * SpokenPatterns.Features, SpokenPatterns.Features));
            }

            int steps = (int)Math.Round(stream.Seconds / 0.01);
            Assert.InRange(steps, utterance.FrameCount - 20, utterance.FrameCount);
            heard.Add(stream.Finish().Text);
        }

        double words = TranscriptionScore.Of(result.Data.Test, heard).Words.Value;
        Assert.True(words < 0.1, $"in chunks {words}, whole {result.Test.Search.Words.Value}");
    }

    [Fact]
    public void Utterances_without_a_word_are_trained_on_and_heard_as_nothing()
    {
        string corpus = SpokenPatterns.Write(Path.Combine(_folder, "corpus")), list = Path.Combine(corpus, "etc", "toy_train.transcription");
        string[] lines = File.ReadAllLines(list);
        File.WriteAllLines(list, lines.Select((line, at) => at % 4 == 0 ? line[line.LastIndexOf('(')..] : line));
        TranscriptionResult result = Train(Recipe, "run");
        Assert.Equal(10, result.Data.Train.Concat(result.Data.Valid).Count(utterance => utterance.Text.Length == 0));
        Assert.All(result.Summary.History, entry => Assert.True(double.IsFinite(entry.TrainLoss) && entry.TrainLoss > 0));
    }

    [Fact]
    public void Nothing_said_is_nothing_heard()
    {
        Train(Streaming, "run");
        using Transcriber transcriber = Transcriber.Load(Path.Combine(_folder, "run", "model.safetensors"));
        Assert.Equal("", transcriber.TranscribeFrames([]).Text);
        using TranscriptionStream stream = transcriber.OpenStream();
        Assert.Empty(stream.Finish().Words);
        Assert.Throws<InvalidOperationException>(() => transcriber.Transcribe(new AudioClip(new float[16000], 16000)));
        Assert.Throws<ArgumentException>(() => transcriber.TranscribeFrames(new float[7]));
        TranscriptionModel model = TranscriptionModel.Load(Path.Combine(_folder, "run", "model.safetensors"));
        Utterance silent = new("silent", "", new float[20 * SpokenPatterns.Features], SpokenPatterns.Features, "");
        TranscriptionScores scores = model.Evaluate([silent], Workers.Single, cancellation: TestContext.Current.CancellationToken);
        Assert.True(scores.Greedy.Words.ReferenceLength == 0 && scores.Greedy.Words.Errors == scores.Greedy.Words.Counts.Insertions);
    }

    [Fact]
    public void A_file_with_a_wrong_language_model_or_none_of_labels_is_refused()
    {
        Train(Recipe, "run");
        ModelFile file = ModelFile.Load(Path.Combine(_folder, "run", "model.safetensors"));
        NGramModel ofWords = file.LanguageModel!;
        Assert.Equal(["a", "ab", "ba", "cab"], ofWords.Words.Order(StringComparer.Ordinal));
        var config = (TranscriberConfig)file.Config;
        Assert.Contains("known_words_only", Problem(config with { Search = new CtcSearchConfig { KnownWordsOnly = true } }, null), StringComparison.Ordinal);
        Assert.Contains("tokenizer is missing", Assert.Throws<ArgumentException>(() => new ModelFile(config, file.Parameters, file.Scaler)).Message, StringComparison.Ordinal);
        Assert.Contains("language_model is there", Assert.Throws<ArgumentException>(() => new ModelFile(new NetworkConfig(new LinearConfig(1, 1)), [], languageModel: ofWords)).Message, StringComparison.Ordinal);
        Assert.Contains("expected 'transcribe'", Assert.Throws<ModelFileException>(() => Transcriber.From(
            new ModelFile(new NetworkConfig(new LinearConfig(1, 1) { Bias = false }), [StoredTensor.FromSingles("network.weight", [1, 1], [1])]), "x")).Message, StringComparison.Ordinal);

        string Problem(TranscriberConfig changed, NGramModel? model) =>
            Assert.Throws<ArgumentException>(() => new ModelFile(changed, file.Parameters, file.Scaler, null, file.Tokenizer, languageModel: model)).Message;
    }

    private byte[] Model(string name) => File.ReadAllBytes(Path.Combine(_folder, name, "model.safetensors"));

    private TranscriptionData Data(TranscriptionRecipe recipe)
    {
        string corpus = Path.Combine(_folder, "corpus");
        return TranscriptionData.Of(SpeechCorpus.Read(Directory.Exists(corpus) ? corpus : SpokenPatterns.Write(corpus), recipe.Model.Features), recipe);
    }

    private TranscriptionResult Train(TranscriptionRecipe recipe, string name, int threads = 1, CancellationTokenSource? cancellation = null, Action? report = null)
    {
        using var workers = new Workers(threads);
        using var folder = RunFolder.Open(Path.Combine(_folder, name));
        return TranscriptionTraining.Run(recipe, Data(recipe), new TrainingRun(folder, workers, new Reporter(report)), cancellation?.Token ?? default);
    }

    private sealed class Reporter(Action? report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report?.Invoke();
    }
}
