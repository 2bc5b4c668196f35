using Carousel.Autograd;
using Carousel.Data;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Tasks.LanguageModelling;
using Carousel.Tasks.Transcription;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Transcription;

/// <summary>A transcriber and a language model, each trained a little, searching together.</summary>
public sealed class TranscriptionLanguageModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TextUnit.Word)]
    [InlineData(TextUnit.Character)]
    public void The_score_of_a_text_is_what_the_training_library_says_of_its_parts(TextUnit unit)
    {
        TranscriptionResult trained = TrainTranscriber();
        LanguageModel trainedModel = TrainLanguageModel(unit);
        using RecurrentLanguageModel model = RecurrentLanguageModel.Load(ModelPath("lm"));
        var config = new CtcSearchConfig { Width = 2000, SmallestShare = 0, LanguageModelWeight = 0.8f, TokenBonus = 0.4f };
        using Transcriber transcriber = Transcriber.Load(ModelPath("speech"), new TranscriberOptions { Search = config, LanguageModel = model });
        VocabularyTokenizer labels = trained.Data.Labels;
        var logits = new float[9 * (labels.Count + 1)];
        for (int seed = 0; seed < 4; seed++)
        {
            var random = new RandomSource((ulong)seed);
            foreach (ref float logit in logits.AsSpan())
            {
                logit = 2 * random.NextNormal();
            }

            Transcript heard = transcriber.Decode(logits);
            var tape = new Tape(isRecording: false);
            Tensor steps = Tensor.From(logits, 9, 1, labels.Count + 1);
            double alignments = -tape.Ctc(steps, [LabelText.Encode(heard.Text, labels)], reduction: Reduction.Sum).Values[0];
            int[] tokens = [model.Tokenizer.LineEnd, .. model.Tokenizer.Encode(heard.Text), model.Tokenizer.LineEnd];
            double language = -trainedModel.Evaluate(tokens, Workers.Single, TestContext.Current.CancellationToken).NllSum;
            Assert.Equal(alignments + (0.8 * language) + (0.4 * (tokens.Length - 2)), heard.Score, 2e-3);
        }
    }

    [Theory]
    [InlineData(TextUnit.Word, Precision.Float32)]
    [InlineData(TextUnit.Character, Precision.Int8)]
    public void A_stream_hears_what_the_whole_recording_says_and_allocates_nothing(TextUnit unit, Precision precision)
    {
        TranscriptionResult trained = TrainTranscriber();
        TrainLanguageModel(unit);
        using RecurrentLanguageModel model = RecurrentLanguageModel.Load(ModelPath("lm"), new CompileOptions { Precision = precision });
        using Transcriber transcriber = Transcriber.Load(ModelPath("speech"), new TranscriberOptions { LanguageModel = model, Search = new CtcSearchConfig { Width = 8, LanguageModelWeight = 1 } });
        using TranscriptionStream stream = transcriber.OpenStream();
        int heard = 0;
        for (int round = 0; round < 4; round++)
        {
            foreach (Utterance utterance in trained.Data.Test)
            {
                long mark = Allocations.Mark();
                for (int at = 0; at < utterance.Frames.Length; at += SpokenPatterns.Features)
                {
                    stream.PushFrame(utterance.Frames.AsSpan(at, SpokenPatterns.Features));
                }

                Assert.True(round < 3 || Allocations.Since(mark) == 0, $"{utterance.Name} allocated {Allocations.Since(mark)} bytes");
                Transcript live = stream.Finish(), whole = transcriber.TranscribeFrames(utterance.Frames);
                Assert.Equal(whole.Text, live.Text);
                Assert.Equal(whole.Words, live.Words);
                Assert.Equal(whole.Score, live.Score);
                heard += live.Words.Count;
            }
        }

        Assert.True(heard > 0);
        TranscriptionScores scores = TranscriptionModel.Load(ModelPath("speech"))
            .Evaluate(trained.Data.Test, Workers.Single, new TranscriberOptions { LanguageModel = model }, TestContext.Current.CancellationToken);
        Assert.NotEqual(trained.Test.Search.Hypotheses, scores.Search.Hypotheses);
    }

    private string ModelPath(string run) => Path.Combine(_folder, run, "model.safetensors");

    private TranscriptionResult TrainTranscriber()
    {
        var recipe = new TranscriptionRecipe
        {
            HoldOut = new HoldOutConfig { ValidShare = 0.2 },
            LanguageModel = new NGramConfig { Order = 0 },
            Model = new TranscriberConfig
            {
                Labels = 0,
                Features = new AudioFeaturesConfig { Kind = AudioFeatureKind.Precomputed, Cepstra = SpokenPatterns.Features },
                Network = new LstmConfig(0, 16),
            },
            Training = new TrainingConfig { Epochs = 12, BatchSize = 5, Optimizer = new AdamWConfig { LearningRate = 0.02 } },
        };
        var data = TranscriptionData.Of(SpeechCorpus.Read(SpokenPatterns.Write(Path.Combine(_folder, "corpus")), recipe.Model.Features), recipe);
        using var folder = RunFolder.Create(Path.Combine(_folder, "speech"));
        return TranscriptionTraining.Run(recipe, data, new TrainingRun(folder, Workers.Single), TestContext.Current.CancellationToken);
    }

    // On a text of the words of the language, an utterance a line.
    private LanguageModel TrainLanguageModel(TextUnit unit)
    {
        var recipe = new LanguageModelRecipe
        {
            Text = new TextConfig { Unit = unit },
            Model = new LanguageModelConfig { VocabularySize = 0, EmbeddingSize = 6, Network = new LstmConfig(0, 8) },
            Steps = 8,
            Training = new TrainingConfig { Epochs = 3, BatchSize = 4, Optimizer = new AdamWConfig { LearningRate = 0.02 } },
        };
        string text = Path.Combine(_folder, "said.txt");
        var random = new RandomSource(1);
        File.WriteAllLines(text, Enumerable.Range(0, 120).Select(_ => string.Join(' ', Enumerable.Range(0, 1 + random.NextInt(3)).Select(_ => SpokenPatterns.Words[random.NextInt(SpokenPatterns.Words.Length)]))));
        var data = LanguageModelData.Of(TextCorpus.Read(text, recipe.Text), recipe.Text);
        using var folder = RunFolder.Create(Path.Combine(_folder, "lm"));
        LanguageModelTraining.Run(recipe, data, new TrainingRun(folder, Workers.Single), TestContext.Current.CancellationToken);
        return LanguageModel.Load(ModelPath("lm"));
    }
}
