using Carousel.Autograd;
using Carousel.Data;
using Carousel.Metrics;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Reports;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Schedules;
using Carousel.Tasks.Translation;
using Carousel.Tests.Training;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Translation;

public sealed class TranslationTests : IDisposable
{
    private static readonly string[] English = ["one", "two", "three", "four", "five", "six"], German = ["eins", "zwei", "drei", "vier", "fünf", "sechs"];

    private static readonly TranslationRecipe Recipe = new()
    {
        Name = "numbers",
        Text = new TextConfig { Unit = TextUnit.Subword, Subwords = 290 },
        Model = new Seq2SeqConfig
        {
            SourceVocabularySize = 0,
            TargetVocabularySize = 0,
            EmbeddingSize = 6,
            HiddenSize = 8,
            Layers = 1,
            Dropout = 0.2f,
            Bidirectional = true,
            Bridge = BridgeKind.Final,
            Attention = AttentionKind.LuongGeneral,
            AttentionalSize = 6,
            Tied = TiedEmbeddings.All,
        },
        LabelSmoothing = 0.1f,
        WordDropout = 0.1f,
        SubwordSplits = 0.1f,
        ScheduledSampling = 0.2f,
        Training = new TrainingConfig { Epochs = 2, BatchSize = 60, BucketBatches = 2, EvaluateEvery = 2, Optimizer = new AdamConfig { LearningRate = 1e-2 }, Schedule = new OneCycleConfig(), Seed = 5 },
    };

    private static readonly TranslationRecipe Costly = Recipe with
    {
        Text = new TextConfig { Unit = TextUnit.Word },
        Model = Recipe.Model with { EmbeddingSize = 16, HiddenSize = 24, AttentionalSize = 16 },
        Training = Recipe.Training with { Epochs = 10, BatchSize = 8, EvaluateEvery = 0 },
        MinimumRisk = new MinimumRiskConfig { Candidates = 3, Training = new TrainingConfig { Epochs = 4, BatchSize = 8, EvaluateEvery = 8, Optimizer = new AdamConfig { LearningRate = 1e-2 }, Seed = 3 } },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Every word has its translation, and their order is turned round: what attention must find.</summary>
    [Fact]
    public void Run_learns_to_translate_numbers_backwards()
    {
        TranslationRecipe recipe = Recipe with
        {
            Text = new TextConfig { Unit = TextUnit.Word },
            JointTokenizer = false,
            Model = Recipe.Model with { Dropout = 0, EmbeddingSize = 16, HiddenSize = 32, AttentionalSize = 0, Tied = TiedEmbeddings.Target },
            LabelSmoothing = 0,
            WordDropout = 0,
            ScheduledSampling = 0,
            Training = Recipe.Training with { Epochs = 40, BatchSize = 8, EvaluateEvery = 0 },
        };
        TranslationResult result = Train(recipe, "run");

        Assert.True(result.Test.Bleu.Score > 80, $"BLEU {result.Test.Bleu.Score}, perplexity {result.Test.Perplexity.Value}");
        Assert.InRange(result.PaddingShare, 0, 0.3);
        Alignment alignment = result.Model.Align(result.Data.Source.Encode("two five one"))!;
        Assert.Equal(["two", "five", "one", "■"], alignment.Source);
        Assert.Equal(["eins", "fünf", "zwei", "■"], alignment.Target);
        Assert.Equal(4, alignment.Weights[0].Count);
        string page = ReportPage.Render(TranslationReport.Of(result, DateTimeOffset.UnixEpoch));
        Assert.Contains("Where it looks", page, StringComparison.Ordinal);
        Assert.Contains(result.Test.Bleu.Signature, page, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_interrupted_after_any_step_and_resumed_gives_the_same_bits()
    {
        TranslationRecipe recipe = TranslationTraining.Prepare(Recipe, Data(Recipe));
        InterruptedRun.AssertSameBits(() => new TranslationTask(recipe, Data(recipe, _folder)), recipe.Training, _folder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_with_one_and_three_threads_gives_the_same_bits(bool fed)
    {
        TranslationRecipe recipe = Recipe with { Model = Recipe.Model with { InputFeeding = fed }, Training = Recipe.Training with { Precision = fed ? TrainingPrecision.Float32 : TrainingPrecision.BFloat16 } };
        Train(recipe, "one");
        Train(recipe, "three", threads: 3);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "one", "model.safetensors")), File.ReadAllBytes(Path.Combine(_folder, "three", "model.safetensors")));
    }

    /// <summary>A model that has learnt little writes better for what its own translations cost; where it does not, the one before is kept.</summary>
    [Theory]
    [InlineData(1e-2, true)]
    [InlineData(1e-12, false)]
    public void Run_with_minimum_risk_keeps_the_better_model(double rate, bool better)
    {
        TranslationRecipe recipe = Costly with { MinimumRisk = Costly.MinimumRisk! with { Training = Costly.MinimumRisk.Training with { Optimizer = new AdamConfig { LearningRate = rate } } } };
        TranslationResult result = Train(recipe, "run");
        MinimumRiskResult risk = result.MinimumRisk!;

        Assert.True(risk.IsBetter == better, $"BLEU {risk.BleuBefore}, then {risk.BleuAfter}");
        Assert.Equal(Math.Max(risk.BleuBefore, risk.BleuAfter), result.Valid.Bleu.Score, 9);
        Assert.Equal(better, !Weights(result.Model).SequenceEqual(Weights(TranslationModel.Load(Path.Combine(_folder, "run", "likelihood", "model.safetensors")))));
        Assert.Contains("Minimum risk: BLEU of the validation part by step", ReportPage.Render(TranslationReport.Of(result, DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);

        static float[] Weights(TranslationModel model) => [.. model.Network.Parameters.SelectMany(entry => entry.Parameter.Tensor.Values.ToArray())];
    }

    /// <summary>Law 6 for a run of two stages and a search between them.</summary>
    [Theory]
    [InlineData("likelihood")]
    [InlineData("candidates")]
    [InlineData("minimum risk")]
    public void Run_with_minimum_risk_interrupted_in_any_stage_and_resumed_gives_the_same_bits(string stage)
    {
        TranslationResult whole = Train(Costly, "whole");
        TranslationData data = Data(Costly, _folder);
        using (var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        using (var folder = RunFolder.Create(Path.Combine(_folder, "stopped")))
        {
            Assert.Throws<OperationCanceledException>(() => TranslationTraining.Run(Costly, data, new TrainingRun(folder, Workers.Single, new StopIn(stage, cancellation)), cancellation.Token));
        }

        using var again = RunFolder.Open(Path.Combine(_folder, "stopped"));
        TranslationResult resumed = TranslationTraining.Run(Costly, data, new TrainingRun(again, Workers.Single), TestContext.Current.CancellationToken);
        Assert.Equal(InterruptedRun.Model(_folder, "whole"), InterruptedRun.Model(_folder, "stopped"));
        Assert.Equal(whole.MinimumRisk!.Summary.History.Select(entry => entry.Score), resumed.MinimumRisk!.Summary.History.Select(entry => entry.Score));
    }

    /// <summary>Law 3, for perplexity and translations: what a sentence gives does not depend on those beside it.</summary>
    [Fact]
    public void Score_of_a_part_is_that_of_its_sentences()
    {
        TranslationResult result = Train(Recipe, "run");
        TokenPairs test = result.Data.Test;
        var options = new CompileOptions();
        var tape = new Tape(isRecording: false);
        double alone = 0;
        for (int at = 0; at < 6; at++)
        {
            var one = new TokenPairs(test.Text.Range(at, 1), [test.Source[at]], [test.Target[at]]);
            alone += TranslationModel.Evaluate(result.Model.Network, one, tape, TestContext.Current.CancellationToken).NllSum;
            Assert.Equal(result.Test.Hypotheses[at], result.Model.Score(one, result.Test.Perplexity, Recipe.Beam, options, TestContext.Current.CancellationToken).Hypotheses[0]);
        }

        var six = new TokenPairs(test.Text.Range(0, 6), [.. test.Source.Take(6)], [.. test.Target.Take(6)]);
        Assert.Equal(alone, TranslationModel.Evaluate(result.Model.Network, six, tape, TestContext.Current.CancellationToken).NllSum);
        (Perplexity found, Perplexity exact, float difference) = result.Model.Evaluate(six, options with { Precision = Precision.Int8 }, TestContext.Current.CancellationToken);
        Assert.Equal(alone, exact.NllSum, 1e-5 * alone);
        Assert.Equal(alone, found.NllSum, 0.02 * alone);
        Assert.InRange(difference, 1e-6, 0.5);
    }

    [Fact]
    public void Data_leaves_out_what_is_blank_or_too_long()
    {
        string path = Path.Combine(_folder, "a.tsv");
        File.WriteAllLines(path, Enumerable.Range(0, 60).Select(at => at switch { 0 => "\teins", 1 => "one\t  ", 2 => $"{string.Concat(Enumerable.Repeat("one ", 99))}\teins", _ => "one\teins" }));
        TranslationData data = TranslationData.Of(new ParallelCorpus(path, Recipe.Languages), Recipe with { LongestSentence = 9 });

        Assert.Equal((3, 51), (data.LeftOut, data.Train.Count));
        Assert.Contains("no pair of sentences with 1 … 1 tokens", Assert.Throws<DataFileException>(() => TranslationData.Of(new ParallelCorpus(path, Recipe.Languages), Recipe with { LongestSentence = 1, Text = Recipe.Text with { Subwords = 260 } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_spells_a_sentence_in_other_tokens()
    {
        TranslationData data = Data(Recipe);
        var random = new RandomSource(1);
        int[] ids = data.Train.Target[0];
        int[][] read = [.. Enumerable.Range(0, 50).Select(_ => new TokenNoise(data.Target, 0.3f).Read(ids, random))];

        Assert.All(read, spelled => Assert.Equal(data.Target.Decode(ids), data.Target.Decode(spelled)));
        Assert.True(read.Select(spelled => spelled.Length).Distinct().Count() > 2);
        Assert.Same(ids, new TokenNoise(data.Target, 0).Read(ids, random));
    }

    [Fact]
    public void Recipe_lists_every_problem()
    {
        string problems = string.Join('\n', (Recipe with { Task = "lm", Languages = new("en", "en"), LongestSentence = 0, LabelSmoothing = 2, WordDropout = 1, SubwordSplits = -1, JointTokenizer = false, Beam = new() { Beam = 0 }, MinimumRisk = new() { Candidates = 1, Sharpness = 0, LikelihoodWeight = -1, Dropout = 1, Training = new() { Epochs = 0 } } }).Validate());
        foreach (string expected in new[] { "task is 'lm'", "expected two that differ", "longest_sentence is 0", "label_smoothing is 2", "word_dropout is 1", "subword_splits is -1", "model.tied is all", "beam.beam is 0", "minimum_risk.candidates is 1", "minimum_risk.sharpness is 0", "minimum_risk.likelihood_weight is -1", "minimum_risk.dropout is 1", "minimum_risk.training.epochs is 0" })
        {
            Assert.Contains(expected, problems, StringComparison.Ordinal);
        }

        Assert.Empty(Recipe.Validate());
        Assert.Empty(TranslationRecipe.Default.Validate());
        Assert.Equal(Recipe, TranslationRecipeJson.Shared.Read<TranslationRecipe>(TranslationRecipeJson.Shared.Write(Recipe), "recipe") with { Expected = Recipe.Expected, Published = Recipe.Published });
    }

    private static TranslationData Data(TranslationRecipe recipe, string? folder = null)
    {
        string path = Path.Combine(folder ?? Directory.CreateTempSubdirectory().FullName, "numbers.tsv");
        var random = new RandomSource(1);
        File.WriteAllLines(path, Enumerable.Range(0, 240).Select(_ =>
        {
            int[] numbers = [.. Enumerable.Range(0, 1 + random.NextInt(5)).Select(_ => random.NextInt(English.Length))];
            return $"{string.Join(' ', numbers.Select(number => English[number]))}\t{string.Join(' ', numbers.Reverse().Select(number => German[number]))}";
        }));
        return TranslationData.Of(new ParallelCorpus(path, recipe.Languages), recipe);
    }

    private TranslationResult Train(TranslationRecipe recipe, string name, int threads = 1)
    {
        using var workers = new Workers(threads);
        using var folder = RunFolder.Create(Path.Combine(_folder, name));
        return TranslationTraining.Run(recipe, Data(recipe, _folder), new TrainingRun(folder, workers), TestContext.Current.CancellationToken);
    }

    private sealed class StopIn(string stage, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage)
            {
                source.Cancel();
            }
        }
    }
}
