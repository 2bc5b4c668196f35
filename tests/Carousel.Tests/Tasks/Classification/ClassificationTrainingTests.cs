using System.Globalization;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Reports;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Tasks.Classification;
using Carousel.Tasks.Classification.Sources;
using Carousel.Tests.Training;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Classification;

public sealed class ClassificationTrainingTests : IDisposable
{
    private static readonly ClassificationRecipe Recipe = new()
    {
        Name = "waves",
        Source = new SensorSource { ValidShare = 0.2, TestShare = 0.2 },
        Model = new ClassifierConfig { Network = new LstmConfig(0, 8) { Bidirectional = true }, Pooling = Pooling.Attention, AttentionSize = 4, Dropout = 0.1f },
        Noise = 0.1f,
        ClassWeights = ClassWeighting.Balanced,
        LabelSmoothing = 0.05f,
        Training = new TrainingConfig { Epochs = 2, BatchSize = 7, BucketBatches = 2, Averaging = new AveragingConfig { Decay = 0.9 }, Seed = 3 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-classification-").FullName;

    [Fact]
    public void Run_learns_to_tell_rising_from_falling_sequences_of_unequal_length()
    {
        ClassificationResult result = Train(Recipe with { Training = Recipe.Training with { Epochs = 40, Optimizer = new AdamWConfig { LearningRate = 0.02 } } }, "run", Slopes());

        Assert.Equal(["falling", "rising"], result.Recipe.Model.Labels);
        Assert.Equal(["x", "y"], result.Recipe.Model.Features);
        Assert.Equal((36, 12, 12), (result.Data.Train.Count, result.Data.Valid.Count, result.Data.Test.Count));
        Assert.Equal(1, result.Test.Report.Accuracy);
        string page = ReportPage.Render(ClassificationRunReport.Of(result, DateTimeOffset.UnixEpoch));
        Assert.Contains("Label by label", page, StringComparison.Ordinal);
        Assert.Contains("most frequent label", page, StringComparison.Ordinal);
        Assert.Contains("rising taken for rising: 6", page, StringComparison.Ordinal);

        // What was measured is what deployment gives, in the units of the file.
        using Classifier classifier = Classifier.Load(Path.Combine(_folder, "run", "model.safetensors"));
        Assert.Equal("rising", classifier.Classify([5, 100, 6, 100, 7, 100, 8, 100, 9, 100]).Label);
        Assert.Equal("falling", classifier.Classify([8, 100, 7, 100, 6, 100, 5, 100, 4, 100]).Label);
    }

    [Fact]
    public void Evaluate_compiled_gives_the_probabilities_of_the_network()
    {
        ClassificationResult result = Train(Recipe, "run", Slopes());
        ScoredSequences compiled = result.Model.Evaluate(result.Data.Test, new CompileOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(result.Test.Probabilities, compiled.Probabilities);
        Assert.Equal(result.Test.Metrics, compiled.Metrics);
        ScoredSequences coarse = result.Model.Evaluate(result.Data.Test, new CompileOptions { Precision = Precision.Int8 }, TestContext.Current.CancellationToken);
        Assert.NotEqual(result.Test.Probabilities, coarse.Probabilities);
        Assert.Equal(result.Test.CrossEntropy, coarse.CrossEntropy, 0.05);
    }

    [Fact]
    public void Run_learns_which_words_matter_and_knows_them_in_production()
    {
        string[] good = ["fine", "lovely", "warm"], bad = ["dull", "cold", "grim"];
        var random = new RandomSource(1);
        string path = Write("reviews.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Range(0, 120).Select(at =>
            $"the film is {(at % 2 == 0 ? good : bad)[random.NextInt(3)]} {string.Concat(Enumerable.Repeat("and long ", random.NextInt(4)))}\t{(at % 2 == 0 ? "pos" : "neg")}\n")));
        ClassificationRecipe recipe = Recipe with
        {
            Source = null,
            Model = new ClassifierConfig { EmbeddingSize = 6, Network = new LstmConfig(0, 6) },
            WordDropout = 0.05f,
            EmbeddingDropout = 0.05f,
            Training = Recipe.Training with { Epochs = 20, Optimizer = new AdamWConfig { LearningRate = 0.02 } },
        };
        ClassificationResult result = Train(recipe, "run", path);
        Assert.Equal(1, result.Test.Report.Accuracy);
        using Classifier classifier = Classifier.Load(Path.Combine(_folder, "run", "model.safetensors"));
        Assert.Equal(("pos", "neg"), (classifier.Classify("a lovely film").Label, classifier.Classify("what a grim film").Label));
    }

    [Fact]
    public void Run_interrupted_after_any_step_and_resumed_gives_the_same_bits()
    {
        string data = Slopes();
        (ClassificationRecipe recipe, ClassificationData sequences) = ClassificationTraining.Prepare(Recipe, data);
        InterruptedRun.AssertSameBits(() => new ClassificationTask(recipe, sequences), recipe.Training, _folder, every: 3);
    }

    [Fact]
    public void Run_with_one_and_three_threads_gives_the_same_bits()
    {
        string data = Slopes();
        Train(Recipe, "one", data);
        Train(Recipe, "three", data, threads: 3);
        Assert.Equal(Model("one"), Model("three"));
    }

    [Fact]
    public void Balanced_weights_count_every_label_the_same()
    {
        // 3 of one label and 9 of the other: an example of the rare one counts three times as much, and all together as many as they are.
        string data = Slopes(3, 12);
        (ClassificationRecipe recipe, ClassificationData sequences) = ClassificationTraining.Prepare(Recipe with { Source = new SensorSource { ValidShare = 0.3, TestShare = 0.3 } }, data);
        ClassificationRecipe plain = recipe with { ClassWeights = ClassWeighting.None, LabelSmoothing = 0, Noise = 0 }, balanced = plain with { ClassWeights = ClassWeighting.Balanced };
        int[] all = [.. Enumerable.Range(0, sequences.Train.Count)];
        double[] terms = [.. all.Select(example => Loss(plain, [example]))];
        double[] weights = [.. all.Select(example => (double)all.Length / (2 * sequences.Train.Labels.Count(label => label == sequences.Train.Labels[example])))];
        Assert.Equal(terms.Zip(weights, (term, weight) => term * weight).Sum() / weights.Sum(), Loss(balanced, all), 1e-5);
        Assert.NotEqual(weights[0], weights[^1]);

        double Loss(ClassificationRecipe chosen, int[] examples) =>
            new ClassificationTask(chosen, sequences).Loss(new Carousel.Autograd.Tape(), examples, null).Loss.Values[0];
    }

    [Fact]
    public void Recipe_problems_are_listed_at_once()
    {
        string message = Assert.Throws<ConfigException>(() => ClassificationTraining.Prepare(Recipe with { Task = "forecast", Noise = -1, WordDropout = 1, Source = new SensorSource { ValidShare = 0 } }, "nowhere")).Message;
        foreach (string expected in new[] { "task is 'forecast'", "noise is -1", "word_dropout is 1", "source.valid_share is 0" })
        {
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }

        var head = new SequentialConfig(new LstmConfig(0, 4), new LinearConfig(3, 5));
        Assert.Contains("model.network.layers[1] takes 3 features, expected 4", Assert.Throws<ConfigException>(() =>
            ClassificationTraining.Prepare(Recipe with { Model = Recipe.Model with { Network = head } }, Slopes())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_json_round_trip_and_unknown_keys()
    {
        string json = ClassificationRecipeJson.Shared.Write(Recipe);
        Assert.Equal(json, ClassificationRecipeJson.Shared.Write(ClassificationRecipeJson.Shared.Read<ClassificationRecipe>(json, "test")));
        Assert.Contains("source.mising: unknown key (did you mean 'missing'?)",
            Assert.Throws<ConfigException>(() => ClassificationRecipeJson.Shared.Read<ClassificationRecipe>("""{"source":{"type":"sensor","mising":"drop"}}""", "test")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // A folder for each label with a file for each sequence, of 3 to 12 rows.
    private string Slopes(int rising = 30, int falling = 30)
    {
        var random = new RandomSource(2);
        string root = Path.Combine(_folder, $"slopes-{rising}-{falling}");
        foreach ((string label, double slope, int count) in new[] { ("rising", 1.0, rising), ("falling", -1.0, falling) })
        {
            Directory.CreateDirectory(Path.Combine(root, label));
            for (int file = 0; file < count; file++)
            {
                double start = 10 * random.NextDouble();
                IEnumerable<string> rows = Enumerable.Range(0, 3 + random.NextInt(10)).Select(step => string.Create(CultureInfo.InvariantCulture, $"{start + (slope * step):F3},{100 + random.NextNormal():F3}"));
                File.WriteAllText(Path.Combine(root, label, $"{file:D2}.csv"), "x,y\n" + string.Join('\n', rows));
            }
        }

        return root;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private byte[] Model(string run) => File.ReadAllBytes(Path.Combine(_folder, run, "model.safetensors"));

    private ClassificationResult Train(ClassificationRecipe recipe, string run, string data, int threads = 1)
    {
        using var workers = new Workers(threads);
        (recipe, ClassificationData sequences) = ClassificationTraining.Prepare(recipe, data);
        using var folder = RunFolder.Create(Path.Combine(_folder, run));
        return ClassificationTraining.Run(recipe, sequences, new TrainingRun(folder, workers), TestContext.Current.CancellationToken);
    }
}
