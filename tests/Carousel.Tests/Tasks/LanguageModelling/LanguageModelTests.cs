using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Metrics;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Reports;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Schedules;
using Carousel.Tasks.LanguageModelling;
using Carousel.Tests.Training;
using Carousel.Training;

namespace Carousel.Tests.Tasks.LanguageModelling;

public sealed class LanguageModelTests : IDisposable
{
    private static readonly LanguageModelRecipe Recipe = new()
    {
        Name = "songs",
        Text = new TextConfig { TrainShare = 0.6, ValidShare = 0.2 },
        Model = new LanguageModelConfig { VocabularySize = 0, EmbeddingSize = 6, Dropout = 0.2f, Network = new LstmConfig(0, 6) { Layers = 2, Dropout = 0.2f } },
        Steps = 5,
        ValidationStreams = 2,
        Training = new TrainingConfig { Epochs = 2, BatchSize = 3, EvaluateEvery = 4, Optimizer = new SgdConfig { LearningRate = 2 }, Schedule = new CosineConfig(), Seed = 5 },
    };

    private static readonly LanguageModelRecipe AwdRecipe = Recipe with
    {
        Model = Recipe.Model with { Tied = true },
        Awd = new AwdConfig { Variational = true, InputDropout = 0.3f, EmbeddingDropout = 0.1f, WeightDrop = 0.4f, ActivationPenalty = 2, TemporalPenalty = 1, RandomStart = true },
        Training = Recipe.Training with { Epochs = 4, Averaging = new AveragingConfig { NonMonotone = 1 }, Optimizer = new SgdConfig { LearningRate = 8 }, Schedule = new ConstantConfig() },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_learns_a_song_that_repeats()
    {
        LanguageModelResult result = Train(Recipe with { Model = Recipe.Model with { Dropout = 0, Network = new LstmConfig(0, 16) }, Training = Recipe.Training with { Epochs = 80, EvaluateEvery = 0 } }, "run");

        Assert.True(result.Test.Value < 1.5, $"perplexity {result.Test.Value}");
        Assert.True(result.Summary.History[0].Metrics["perplexity"] > 3);
        Assert.Contains("perplexity", ReportPage.Render(LanguageModelReport.Of(result, DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, TrainingPrecision.Float32)]
    [InlineData(true, TrainingPrecision.Float32)]
    [InlineData(false, TrainingPrecision.BFloat16)]
    [InlineData(false, TrainingPrecision.Float32, 3, true)]
    public void Run_interrupted_after_any_step_and_resumed_gives_the_same_bits(bool tied, TrainingPrecision precision, int accumulate = 1, bool recompute = false)
    {
        TrainingConfig training = Recipe.Training with { Precision = precision, Accumulate = accumulate, Recompute = recompute };
        LanguageModelRecipe recipe = LanguageModelTraining.Prepare(Recipe with { Model = Recipe.Model with { Tied = tied }, Training = training }, Data());
        AssertInterruptedRunGivesTheSameBits(recipe);
    }

    [Fact]
    public void Run_with_the_whole_awd_kit_interrupted_or_on_three_threads_gives_the_same_bits()
    {
        LanguageModelRecipe recipe = LanguageModelTraining.Prepare(AwdRecipe, Data());
        RunSummary whole = AssertInterruptedRunGivesTheSameBits(recipe, first: 3, every: 4);
        double[] scores = [.. whole.History.Select(entry => entry.Score)];
        Assert.Contains(Enumerable.Range(2, scores.Length - 3), at => scores[at] > scores[..(at - 1)].Min()); // averaging began before the last evaluation
        Train(AwdRecipe, "three", threads: 3);
        Assert.Equal(InterruptedRun.Model(_folder, "whole"), InterruptedRun.Model(_folder, "three"));
    }

    [Fact]
    public void Loss_while_training_has_the_penalties_of_large_and_of_changing_activations()
    {
        LanguageModelConfig config = Model(tied: false) with { Dropout = 0, Network = Model(tied: false).Network with { Dropout = 0 } };
        int[] ids = [1, 2, 3, 0, 2, 1, 3, 3, 0, 1, 2, 2], targets = [2, 3, 0, 2, 1, 3, 3, 0, 1, 2, 2, 1];
        float Loss(AwdConfig awd, bool isTraining) => new LanguageModelNetwork(config, new RandomSource(1), awd: awd)
            .Loss(new Tape(new RandomSource(2), isTraining: isTraining), ids, targets, 2, null, TextStreams.None, Reduction.Mean).Loss.Values[0];

        // h of the last layer [T, B, H], from the same weights.
        var network = new LanguageModelNetwork(config, new RandomSource(1));
        var lstm = new Lstm(config.Network, new RandomSource(9));
        foreach ((string name, Parameter parameter) in lstm.Parameters())
        {
            parameter.Assign(network.Parameters.Single(entry => entry.Name == $"network.{name}").Parameter.Tensor.Values);
        }

        var tape = new Tape();
        Tensor table = network.Parameters.Single(entry => entry.Name == "embedding.weight").Parameter.Tensor;
        float[] h = lstm.Forward(tape, tape.Embed(ids, table).Reshape(6, 2, config.EmbeddingSize)).Output.Values.ToArray();
        int row = h.Length / 6;
        double square = h.Average(value => (double)value * value), change = Enumerable.Range(0, 5 * row).Average(i => Math.Pow(h[i + row] - h[i], 2));

        float plain = Loss(new AwdConfig(), isTraining: true);
        Assert.Equal(plain + (2 * square), Loss(new AwdConfig { ActivationPenalty = 2 }, isTraining: true), 1e-5);
        Assert.Equal(plain + (3 * change), Loss(new AwdConfig { TemporalPenalty = 3 }, isTraining: true), 1e-5);
        Assert.Equal(plain, Loss(new AwdConfig { ActivationPenalty = 2, TemporalPenalty = 3, WeightDrop = 0.5f, EmbeddingDropout = 0.5f }, isTraining: false));
    }

    [Theory]
    [InlineData(TextUnit.Word, new[] { "perplexity", "bits_per_token", "nll" })]
    [InlineData(TextUnit.Character, new[] { "perplexity", "bits_per_token", "nll", "bits_per_character" })]
    [InlineData(TextUnit.Subword, new[] { "perplexity", "bits_per_token", "nll", "bits_per_byte" })]
    public void Metrics_of_pieces_are_bits_per_byte_of_the_text(TextUnit unit, string[] names)
    {
        var text = new TextFile("t", ["merrily ä merrily", "merrily life"]);
        Tokenizer tokenizer = TokenizerFit.Of(new TextConfig { Unit = unit, Subwords = 264 }, [], text);
        int[] ids = TextCorpus.Encode(text, tokenizer);
        IReadOnlyDictionary<string, double> metrics = LanguageModel.Metrics(new Perplexity(20 * Math.Log(2), ids.Length - 1), tokenizer, ids);
        Assert.Equal(names, metrics.Keys);
        if (unit == TextUnit.Subword)
        {
            // 19 and 13 bytes with their line ends; the first token is given.
            Assert.Equal(20.0 / (32 - tokenizer.BytesOf(ids.AsSpan(0, 1))), metrics["bits_per_byte"], 1e-12);
        }
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    [InlineData(TrainingPrecision.Float32, 3, true)]
    public void Run_with_one_and_three_threads_gives_the_same_bits(TrainingPrecision precision, int accumulate = 1, bool recompute = false)
    {
        LanguageModelRecipe recipe = Recipe with { Training = Recipe.Training with { Precision = precision, Accumulate = accumulate, Recompute = recompute } };
        Train(recipe, "one");
        Train(recipe, "three", threads: 3);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "one", "model.safetensors")), File.ReadAllBytes(Path.Combine(_folder, "three", "model.safetensors")));
    }

    [Fact]
    public void Loss_of_consecutive_chunks_with_carried_state_is_that_of_the_whole()
    {
        int[] tokens = Data().Train;
        var network = new LanguageModelNetwork(Model(tied: false), new RandomSource(1));
        var text = new TextStreams(tokens, 2, 4);
        var tape = new Tape(isRecording: false);
        double chunked = 0;
        LstmState? state = null;
        for (int chunk = 0; chunk < text.Chunks; chunk++)
        {
            int count = text.StepsOf(chunk) * text.Streams;
            int[] inputs = new int[count], targets = new int[count];
            text.Read(chunk, inputs, targets);
            (Tensor terms, state) = network.Loss(tape, inputs, targets, text.Streams, state, TextStreams.None, Reduction.None);
            chunked += terms.Values.ToArray().Sum(term => (double)term);
        }

        Perplexity whole = LanguageModel.Evaluate(network, tokens, 2, tape, TestContext.Current.CancellationToken);
        Assert.Equal(whole.NllSum, chunked, 1e-9 * whole.NllSum);
        Assert.NotEqual(whole.NllSum, LanguageModel.Evaluate(network, tokens, 1, tape, TestContext.Current.CancellationToken).NllSum);
    }

    [Fact]
    public void History_tells_what_updates_cost()
    {
        LanguageModelResult result = Train(Recipe, "cost");
        var text = new TextStreams(result.Data.Train, 3, 5);
        foreach (HistoryEntry entry in result.Summary.History)
        {
            StepCost cost = entry.Cost!;
            Assert.True(cost is { SecondsPerStep: > 0, BufferBytes: > 10_000, PeakBytes: > 1_000_000 }, cost.ToString());

            // Tokens of whole chunks, some of which hold fewer.
            Assert.InRange(cost.ItemsPerSecond * cost.SecondsPerStep, 1, text.Steps * text.Streams + 1e-6);
        }

        Assert.Contains("\"items_per_second\":", File.ReadAllText(Path.Combine(_folder, "cost", "history.jsonl")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Step_run_again_allocates_nothing_and_gives_the_bits_of_one_recorded_anew(bool recompute, bool awd)
    {
        (float[] expected, _) = Steps(replay: false, recompute, awd);
        (float[] actual, long bytes) = Steps(replay: true, recompute, awd);
        Assert.Equal(expected, actual);
        Assert.Equal(0, bytes);
    }

    // Some updates with dropout and carried state; all weights after them, and what the last ones allocated.
    private static (float[] Weights, long Bytes) Steps(bool replay, bool recompute, bool awd)
    {
        const int Warm = 3, Measured = 5;
        var tokenizer = new WordTokenizer([.. Enumerable.Range(0, 90).Select(i => $"w{i}")]);
        int[] text = [.. Enumerable.Range(0, 4_000).Select(i => i * i % 90)];
        LanguageModelRecipe recipe = ((awd ? AwdRecipe : Recipe) with { Steps = 9, Training = Recipe.Training with { BatchSize = 7 } }).ResolvedFor(tokenizer);
        var task = new LanguageModelTask(recipe, tokenizer, text, text);
        Optimizer optimizer = new SgdConfig { LearningRate = 1 }.Create(task.Parameters);
        var tape = new Tape(new RandomSource(1), isTraining: true, recomputes: recompute);
        (Tensor? loss, LayerState? next, LayerState? carried) = (null, null, null);
        long mark = 0;
        int[] chunk = [0];
        for (; chunk[0] < Warm + Measured; chunk[0]++)
        {
            mark = chunk[0] == Warm ? Allocations.Mark() : mark;
            optimizer.ClearGradients();
            if (!replay || loss is null || !task.Refill(chunk, carried) || !tape.Replay())
            {
                tape.Reset();
                (loss, next) = task.Loss(tape, chunk, carried);
            }

            tape.Backward(loss);
            optimizer.Step((float)Math.Min(1, 1 / optimizer.GradientNorm()));
            carried = carried is not null && next!.TryCopyTo(carried) ? carried : next!.Detach();
        }

        long bytes = Allocations.Since(mark);
        return ([.. task.Parameters.SelectMany(entry => entry.Parameter.Tensor.Values.ToArray())], bytes);
    }

    [Fact]
    public void Pass_with_a_random_start_begins_where_its_random_numbers_say()
    {
        var tokenizer = new WordTokenizer([.. Enumerable.Range(0, 90).Select(i => $"w{i}")]);
        int[] text = [.. Enumerable.Range(0, 4_000).Select(i => i * i % 89)];
        float Loss(bool isRandom, ulong pass)
        {
            LanguageModelRecipe recipe = (Recipe with { Awd = new AwdConfig { RandomStart = isRandom } }).ResolvedFor(tokenizer);
            var task = new LanguageModelTask(recipe, tokenizer, text, text);
            task.BeginEpoch(new RandomSource(pass));
            return task.Loss(new Tape(new RandomSource(1)), [0], null).Loss.Values[0];
        }

        Assert.Equal(Loss(isRandom: true, pass: 1), Loss(isRandom: true, pass: 1));
        Assert.NotEqual(Loss(isRandom: true, pass: 1), Loss(isRandom: true, pass: 2));
        Assert.Equal(Loss(isRandom: false, pass: 1), Loss(isRandom: false, pass: 2));
    }

    [Fact]
    public void Step_after_the_first_takes_its_buffers_from_the_tape()
    {
        // 400 rows of 500 logits are 800,000 bytes; what is left are the small records of the operations.
        var tokenizer = new WordTokenizer([.. Enumerable.Range(0, 500).Select(i => $"w{i}")]);
        int[] text = [.. Enumerable.Range(0, 20_000).Select(i => i * i % 500)];
        LanguageModelRecipe recipe = (Recipe with { Steps = 20, Training = Recipe.Training with { BatchSize = 20 } }).ResolvedFor(tokenizer);
        var task = new LanguageModelTask(recipe, tokenizer, text, text);
        var tape = new Tape(new RandomSource(1), isTraining: true);
        long mark = 0;
        const int warm = 3, measured = 5;
        for (int step = 0; step < warm + measured; step++)
        {
            mark = step == warm ? Allocations.Mark() : mark;
            tape.Reset();
            tape.Backward(task.Loss(tape, [step], null).Loss);
        }

        Assert.InRange(Allocations.Since(mark) / measured, 0, 32_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Evaluate_counts_every_token_but_the_first_as_one_step_at_a_time_does(bool tied)
    {
        int[] tokens = Data().Test;
        var network = new LanguageModelNetwork(Model(tied), new RandomSource(1));
        var tape = new Tape(isRecording: false);
        double sum = 0;
        LstmState? state = null;
        for (int i = 0; i + 1 < tokens.Length; i++)
        {
            (Tensor logits, state) = network.Forward(tape, (int[])[tokens[i]], 1, state);
            sum += Perplexity.OfLogits(logits.Values.ToArray().Select(value => (double)value).ToArray(), [tokens[i + 1]]).NllSum;
        }

        Perplexity perplexity = LanguageModel.Evaluate(network, tokens, 1, tape, TestContext.Current.CancellationToken);
        Assert.Equal(tokens.Length - 1, perplexity.Tokens);
        Assert.Equal(sum, perplexity.NllSum, 1e-5 * sum);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_of_saved_model_gives_the_same_perplexity_and_refuses_other_models(bool tied)
    {
        string path = Path.Combine(_folder, "model.safetensors");
        LanguageModelData data = Data();
        LanguageModelRecipe recipe = LanguageModelTraining.Prepare(Recipe with { Model = Recipe.Model with { Tied = tied } }, data);
        var network = new LanguageModelNetwork(recipe.Model, new RandomSource(8));
        LanguageModel.Save(path, network, data.Tokenizer, recipe);

        LanguageModel loaded = LanguageModel.Load(path);

        Assert.Equal(data.Tokenizer, loaded.Tokenizer);
        Assert.Equal(recipe.Model, loaded.Network.Config);
        Assert.Equal(recipe.Training, loaded.Recipe?.Training);
        Assert.Equal(LanguageModel.Evaluate(network, data.Test, 1, new Tape(isRecording: false), TestContext.Current.CancellationToken), loaded.Evaluate(data.Test, Workers.Single, TestContext.Current.CancellationToken));
        var other = new NetworkConfig(new LinearConfig(1, 1));
        new ModelFile(other, other.Parameters().Select(parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, new float[parameter.Count]))).Save(path);
        Assert.Contains("task 'network', expected 'lm'", Assert.Throws<ModelFileException>(() => LanguageModel.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_lists_every_problem()
    {
        var e = Assert.Throws<ConfigException>(() => LanguageModelTraining.Prepare(
            Recipe with { Task = "forecast", Steps = 0, ValidationStreams = 0, StartRange = -1, Text = new TextConfig { MinimumCount = 0, TrainShare = 1 }, Model = Recipe.Model with { VocabularySize = 3 } }, Data()));
        foreach (string expected in new[] { "expected 'lm'", "steps is 0", "validation_streams is 0", "start_range is -1", "text.minimum_count is 0", "text.train_share is 1", "expected vocabulary_size 3" })
        {
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Recipe_json_round_trip_and_unknown_keys()
    {
        string json = LanguageModelRecipeJson.Shared.Write(Recipe);
        Assert.Equal(json, LanguageModelRecipeJson.Shared.Write(LanguageModelRecipeJson.Shared.Read<LanguageModelRecipe>(json, "test")));
        var e = Assert.Throws<ConfigException>(() => LanguageModelRecipeJson.Shared.Read<LanguageModelRecipe>("""{"task":"lm","model":{"network":{"input_size":0,"hidden_sise":3}}}""", "test"));
        Assert.Contains("model.network.hidden_sise: unknown key (did you mean 'hidden_size'?)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ptb-small.json", 4_653_200, new[] { 1, 1, 1, 1, 0.5, 0.25 })]
    [InlineData("ptb-medium.json", 19_780_400, new[] { 1, 1, 1, 1, 1, 1, 1 / 1.2, 1 / 1.44 })]
    public void Recipe_of_penn_treebank_is_that_of_zaremba(string file, long parameters, double[] rates)
    {
        string path = Path.Combine(SharedFolder.RepositoryRoot(), "recipes", file);
        var recipe = LanguageModelRecipeJson.Shared.Read<LanguageModelRecipe>(File.ReadAllText(path), path);

        Assert.Empty(recipe.Validate());
        Assert.Empty(recipe.Model.Validate());
        Schedule schedule = recipe.Training.Schedule.Create(((SgdConfig)recipe.Training.Optimizer).LearningRate);
        Assert.All(rates.Index(), rate => Assert.Equal(rate.Item, schedule.RateAt(rate.Index) / recipe.Steps, 1e-12));
        Assert.Equal(5, recipe.Training.ClipNorm * recipe.Steps, 1e-6);
        Assert.Equal(parameters, recipe.Model.Parameters().Sum(parameter => parameter.Count));
    }

    private static LanguageModelConfig Model(bool tied) => LanguageModelTraining.Prepare(Recipe with { Model = Recipe.Model with { Tied = tied } }, Data()).Model;

    private static LanguageModelData Data()
    {
        string[] verse = ["row row row your boat", "gently down the stream", "merrily merrily merrily merrily", "life is but a dream"];
        string[] lines = [.. Enumerable.Range(0, 10).SelectMany(_ => verse)];
        return LanguageModelData.Of(new TextCorpus("song", new TextFile("song", lines[..20]), new TextFile("song", lines[20..28]), new TextFile("song", lines[28..])), Recipe.Text);
    }

    private LanguageModelResult Train(LanguageModelRecipe recipe, string name, int threads = 1)
    {
        using var workers = new Workers(threads);
        using var folder = RunFolder.Create(Path.Combine(_folder, name));
        return LanguageModelTraining.Run(recipe, Data(), new TrainingRun(folder, workers), TestContext.Current.CancellationToken);
    }

    private RunSummary AssertInterruptedRunGivesTheSameBits(LanguageModelRecipe recipe, int first = 1, int every = 1)
    {
        LanguageModelData data = Data();
        return InterruptedRun.AssertSameBits(() => new LanguageModelTask(recipe, data.Tokenizer, data.Train, data.Valid), recipe.Training, _folder, first, every);
    }
}
