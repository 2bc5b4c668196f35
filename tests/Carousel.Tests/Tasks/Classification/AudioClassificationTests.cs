using Carousel.Data;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Tasks.Classification;
using Carousel.Tasks.Classification.Sources;
using Carousel.Tests.Training;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Classification;

public sealed class AudioClassificationTests : IDisposable
{
    private static readonly AudioSource Source = new()
    {
        Features = new() { SampleRate = 8000, Mels = 12, Normalisation = UtteranceNormalisation.Mean, Stack = 2, Deltas = 1 },
        LabelPattern = "(?<label>up|down)_[0-9]+$",
        TestPattern = "_[0-5]$",
        ValidPattern = "_[67]$",
    };

    private static readonly ClassificationRecipe Recipe = new()
    {
        Name = "glides",
        Source = Source,
        Model = new ClassifierConfig { Network = new LstmConfig(0, 8) { Bidirectional = true } },
        Augmentation = new() { Speed = 0.1, GainDb = 10, Tilt = 0.3, NoiseShare = 0.5, LowestSnrDb = 20, ShiftMs = 20 },
        Masks = new() { TimeMasks = 1, LongestTimeMask = 3, FeatureMasks = 1, WidestFeatureMask = 2 },
        Training = new TrainingConfig { Epochs = 2, BatchSize = 8, Optimizer = new AdamWConfig { LearningRate = 0.02 } },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-recordings-").FullName;

    [Fact]
    public void Run_learns_to_tell_glides_apart_at_any_loudness_and_sample_rate()
    {
        ClassificationResult result = Train(Recipe with { Training = Recipe.Training with { Epochs = 30 } }, "run");
        Assert.Equal(["down", "up"], result.Recipe.Model.Labels);
        Assert.Equal((24, 4, 12), (result.Data.Train.Count, result.Data.Valid.Count, result.Data.Test.Count));
        Assert.Equal(1, result.Test.Report.Accuracy);

        // What was measured is what deployment gives, from the file to the label.
        using Classifier classifier = Classifier.Load(Path.Combine(_folder, "run", "model.safetensors"));
        var found = WaveFile.Load(Path.Combine(_folder, "data", "a", "down_0.wav"));
        Assert.Equal(result.Test.Probabilities[..2], classifier.Classify(found).Probabilities.ToArray());
        Assert.Equal("up", classifier.Classify(new AudioClip(Glide(up: true, 16000, 0.02, 77), 16000)).Label);
        Assert.Throws<ArgumentException>(() => classifier.Classify(new AudioClip(new float[50], 8000)));
        Assert.Throws<InvalidOperationException>(() => classifier.Classify([1, 2, 3]));
    }

    [Fact]
    public void Run_with_one_and_three_threads_and_resumed_gives_the_same_bits()
    {
        Train(Recipe, "one");
        Train(Recipe, "three", threads: 3);
        Assert.Equal(Model("one"), Model("three"));
        (ClassificationRecipe recipe, ClassificationData data) = ClassificationTraining.Prepare(Recipe, Data());
        Assert.Throws<OperationCanceledException>(() => Fit(stop: 3));
        Fit();
        Assert.Equal(Model("one"), Model("stopped"));

        void Fit(int stop = int.MaxValue) => InterruptedRun.Fit(new ClassificationTask(recipe, data), recipe.Training, Path.Combine(_folder, "stopped"), stop);
    }

    [Fact]
    public void Draw_changes_recordings_and_plain_training_does_not()
    {
        (_, ClassificationData data) = ClassificationTraining.Prepare(Recipe, Data());
        float[] plain = data.Train.Values[0];
        Assert.Equal(plain, data.Recordings!.Draw(0, new AudioAugmentation(), new RandomSource(1)));
        Assert.NotEqual(plain, data.Recordings.Draw(0, Recipe.Augmentation!, new RandomSource(1)));
    }

    [Fact]
    public void Source_of_folders_takes_the_label_from_the_folder_and_is_recognised()
    {
        string data = Path.Combine(_folder, "folders");
        for (int at = 0; at < 24; at++)
        {
            WaveWriter.Write(Path.Combine(data, at % 2 == 0 ? "even" : "odd", $"{at}.wav"), Glide(at % 2 == 0, 8000, 0.5, at), 8000);
        }

        (ClassificationRecipe recipe, ClassificationData read) = ClassificationTraining.Prepare(Recipe with { Source = null }, data);
        Assert.IsType<AudioSource>(recipe.Source);
        Assert.Equal(["even", "odd"], read.Inputs.Labels);
        Assert.Equal(24, read.Train.Count + read.Valid.Count + read.Test.Count);
    }

    [Fact]
    public void Source_broken_recording_is_named()
    {
        string data = Data();
        string bad = Path.Combine(data, "up_99.wav");
        Refused("up_99.wav: the recording is empty", () => WaveWriter.Write(bad, [], 8000));
        Refused("up_99.wav: the recording is 0.001 s long, expected at least one frame of 0.025 s", () => WaveWriter.Write(bad, new float[8], 8000));
        Refused("data: there is no label in 'up_99x'", () => File.Move(bad, Path.Combine(data, "up_99x.wav")));
        Assert.Throws<DataFileException>(() => Source.Read(Path.Combine(_folder, "nowhere")));
        Assert.Contains("matches 'nothing'", Assert.Throws<DataFileException>(() => (Source with { Pattern = "nothing" }).Read(data)).Message, StringComparison.Ordinal);

        void Refused(string expected, Action change)
        {
            change();
            Assert.StartsWith(expected, Assert.Throws<DataFileException>(() => Source.Read(data)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Recipe_problems_are_listed_and_json_keeps_everything()
    {
        string json = ClassificationRecipeJson.Shared.Write(Recipe);
        Assert.Equal(json, ClassificationRecipeJson.Shared.Write(ClassificationRecipeJson.Shared.Read<ClassificationRecipe>(json, "test")));
        ClassificationRecipe broken = Recipe with
        {
            Source = Source with { LabelPattern = "(up|down)", TestPattern = "(", Features = new() { Mels = 0 }, TrainFiles = ["a"] },
            Augmentation = new() { Speed = 1 },
            Masks = new() { TimeMasks = -1 },
        };
        string problems = string.Join('\n', broken.Validate());
        foreach (string expected in new[] { "source.label_pattern is '(up|down)', expected a group named label", "source.test_pattern is '('", "source.features.mels is 0", "source.files of parts", "augmentation.speed is 1", "masks.time_masks is -1" })
        {
            Assert.Contains(expected, problems, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static float[] Glide(bool up, int rate, double loudness, int seed)
    {
        var random = new RandomSource((ulong)seed);
        double start = 300 + (200 * random.NextDouble()), end = 1500 + (500 * random.NextDouble()), phase = 0;
        return [.. Enumerable.Range(0, (int)(rate * (0.25 + (0.1 * random.NextDouble())))).Select(i =>
        {
            double share = i / (0.3 * rate);
            phase += 2 * Math.PI * (start + ((end - start) * (up ? share : 1 - share))) / rate;
            return (float)(loudness * (Math.Sin(phase) + (0.05 * random.NextNormal())));
        })];
    }

    private string Data()
    {
        string data = Path.Combine(_folder, "data");
        for (int at = 0; !Directory.Exists(Path.Combine(data, "b")) && at < 40; at++)
        {
            bool up = at % 2 == 1;
            WaveWriter.Write(Path.Combine(data, "a", $"{(up ? "up" : "down")}_{at / 2}.wav"), Glide(up, at % 3 == 0 ? 11025 : 8000, 0.1 + (0.01 * at), at), at % 3 == 0 ? 11025 : 8000);
        }

        return data;
    }

    private ClassificationResult Train(ClassificationRecipe recipe, string name, int threads = 1)
    {
        (ClassificationRecipe resolved, ClassificationData data) = ClassificationTraining.Prepare(recipe, Data());
        using var workers = new Workers(threads);
        using var folder = RunFolder.Create(Path.Combine(_folder, name));
        return ClassificationTraining.Run(resolved, data, new TrainingRun(folder, workers), TestContext.Current.CancellationToken);
    }

    private byte[] Model(string name) => File.ReadAllBytes(Path.Combine(_folder, name, "model.safetensors"));
}
