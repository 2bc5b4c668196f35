using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Tasks.Classification;

namespace Carousel.Tests.Tasks.Classification;

/// <summary>The predictor gives what training measured, whole or in a stream.</summary>
public sealed class ClassifierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-classifier-").FullName;

    public static TheoryData<string> Names => SampleClassifiers.Names;

    public static TheoryData<string> Streaming => SampleClassifiers.Streaming;

    [Theory]
    [MemberData(nameof(Names))]
    public void Classify_gives_the_bits_of_the_network(string name)
    {
        (ClassifierConfig config, ClassificationNetwork network, Classifier classifier) = Make(name);
        using (classifier)
        {
            foreach (int steps in new[] { 1, 2, 7, 20 })
            {
                float[] expected = Probabilities(network, Read(config, steps, out _, out _));
                Assert.Equal(expected, Classify(classifier, steps).Probabilities.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Classify_any_number_of_threads_gives_the_same_bits(int threads)
    {
        foreach (string name in SampleClassifiers.Configs.Keys)
        {
            (_, _, Classifier single) = Make(name);
            (_, _, Classifier several) = Make(name, new CompileOptions { Threads = threads });
            using (single)
            using (several)
            {
                Assert.Equal(Classify(single, 13).Probabilities.ToArray(), Classify(several, 13).Probabilities.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Streaming))]
    public void Step_gives_what_classifying_everything_so_far_gives(string name)
    {
        (ClassifierConfig config, ClassificationNetwork network, Classifier classifier) = Make(name);
        using (classifier)
        {
            float[] x = Read(config, 12, out double[] rows, out int[] ids), found = new float[SampleClassifiers.Labels];
            ClassifierStream stream = classifier.OpenStream();
            for (int round = 0; round < 2; round++)
            {
                for (int step = 0; step < 12; step++)
                {
                    Assert.True(config.ReadsText ? stream.Step(ids[step], found) : stream.Step(rows.AsSpan(step * 3, 3), found));
                    Assert.Equal(Probabilities(network, x[..((step + 1) * x.Length / 12)]), found);
                }

                stream.Reset();
            }
        }
    }

    [Theory]
    [InlineData("last", 6, 6)]
    [InlineData("max", 6, 2)]
    [InlineData("mean", 6, 1)]
    [InlineData("mean", 5, 5)]
    [InlineData("text, max", 4, 2)]
    public void Windows_give_what_classifying_each_window_gives(string name, int window, int hop)
    {
        (ClassifierConfig config, ClassificationNetwork network, Classifier classifier) = Make(name);
        using (classifier)
        {
            const int steps = 31;
            float[] x = Read(config, steps, out double[] rows, out int[] ids), found = new float[SampleClassifiers.Labels];
            int width = x.Length / steps;
            ClassifierStream stream = classifier.OpenWindows(window, hop);
            var answered = new List<int>();
            for (int step = 0; step < steps; step++)
            {
                if (config.ReadsText ? stream.Step(ids[step], found) : stream.Step(rows.AsSpan(step * 3, 3), found))
                {
                    answered.Add(step + 1);
                    Assert.Equal(Probabilities(network, x[((step + 1 - window) * width)..((step + 1) * width)]), found);
                }
            }

            Assert.Equal(Enumerable.Range(0, ((steps - window) / hop) + 1).Select(at => window + (at * hop)), answered);
        }
    }

    [Fact]
    public void Step_allocates_nothing()
    {
        foreach (string name in new[] { "max", "mean", "last" })
        {
            (_, _, Classifier classifier) = Make(name);
            using (classifier)
            {
                double[] row = [0.1, 0.2, 0.3];
                float[] found = new float[SampleClassifiers.Labels];
                foreach (ClassifierStream stream in new[] { classifier.OpenStream(), classifier.OpenWindows(20, 5) })
                {
                    Assert.Equal(0, Allocations.OfCalls(warmUp: 200, calls: 10_000, () => stream.Step(row, found)));
                }
            }
        }
    }

    [Fact]
    public void Text_of_nothing_and_of_unknown_words_has_an_answer()
    {
        (_, _, Classifier classifier) = Make("text, max");
        using (classifier)
        {
            Assert.Equal(1, classifier.Classify("").Probabilities.ToArray().Sum(), 1e-5f);
            Assert.Equal(classifier.Classify("").Probabilities.ToArray(), classifier.Classify("   ").Probabilities.ToArray());
            Assert.Equal(classifier.Classify("quux").Probabilities.ToArray(), classifier.Classify("corge").Probabilities.ToArray());
            Assert.Contains(classifier.Classify("a b").Label, classifier.Labels);
        }
    }

    [Fact]
    public void Wrong_input_is_refused_and_not_taken()
    {
        (_, _, Classifier numbers) = Make("max");
        (_, _, Classifier text) = Make("text, max");
        (_, _, Classifier both) = Make("max, two directions");
        using (numbers)
        using (text)
        using (both)
        {
            float[] found = new float[SampleClassifiers.Labels];
            Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => numbers.Classify([])).Message, StringComparison.Ordinal);
            Assert.Contains("whole rows of 3 (x, y, z)", Assert.Throws<ArgumentException>(() => numbers.Classify([1, 2, 3, 4])).Message, StringComparison.Ordinal);
            Assert.Contains("row 1 of the sequence holds NaN for 'y'", Assert.Throws<ArgumentException>(() => numbers.Classify([1, 2, 3, 4, double.NaN, 6])).Message, StringComparison.Ordinal);
            Assert.Contains("reads numbers (x, y, z), not text", Assert.Throws<InvalidOperationException>(() => numbers.Classify("a")).Message, StringComparison.Ordinal);
            Assert.Contains("reads text", Assert.Throws<InvalidOperationException>(() => text.Classify([1.0])).Message, StringComparison.Ordinal);
            Assert.Contains("needs whole sequences", Assert.Throws<InvalidOperationException>(both.OpenStream).Message, StringComparison.Ordinal);
            Assert.Contains("a window of 10 steps every 3", Assert.Throws<ArgumentException>(() => numbers.OpenWindows(10, 3)).Message, StringComparison.Ordinal);
            ClassifierStream stream = numbers.OpenStream();
            stream.Step([1, 2, 3], found);
            float[] before = [.. found];
            Assert.Throws<ArgumentException>(() => stream.Step([1, double.NaN, 3], found));
            Assert.Throws<ArgumentException>(() => stream.Step([1, 2], found));
            Assert.Throws<ArgumentException>(() => stream.Step([1, 2, 3], new float[2]));
            stream.Reset();
            stream.Step([1, 2, 3], found);
            Assert.Equal(before, found);
            Assert.Throws<ArgumentOutOfRangeException>(() => text.OpenStream().Step(11, found));
        }
    }

    [Fact]
    public void Load_of_another_model_is_refused()
    {
        string path = Path.Combine(_folder, "network.safetensors");
        var config = new NetworkConfig(new LstmConfig(2, 3));
        new ModelFile(config, config.Parameters().Select(parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, new float[parameter.Count]))).Save(path);
        Assert.Contains("for the task 'network', expected 'classify'", Assert.Throws<ModelFileException>(() => Classifier.Load(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (ClassifierConfig Config, ClassificationNetwork Network, Classifier Classifier) Make(string name, CompileOptions? options = null)
    {
        ClassifierConfig config = SampleClassifiers.Configs[name];
        ClassificationNetwork network = SampleClassifiers.Make(config);
        string path = Path.Combine(_folder, "model.safetensors");
        ClassificationModel.Save(path, network, SampleClassifiers.InputsOf(config), new ClassificationRecipe { Model = config });
        return (config, network, Classifier.Load(path, options));
    }

    private static LabelProbabilities Classify(Classifier classifier, int steps)
    {
        Read(classifier.Config, steps, out double[] rows, out int[] ids);
        return classifier.Config.ReadsText
            ? classifier.Classify(string.Join(' ', ids.SkipLast(1).Select(id => id < 3 ? "quux" : ((char)('a' + id - 3)).ToString())))
            : classifier.Classify(rows);
    }

    // The same sequence as production gives it, in the units of the features or as ids, and as the network reads it.
    private static float[] Read(ClassifierConfig config, int steps, out double[] rows, out int[] ids)
    {
        float[] drawn = SampleClassifiers.Sequence(config, steps, 17);
        if (config.ReadsText)
        {
            ids = [.. drawn.Select((id, at) => at < steps - 1 && id < 3 ? 1 : (int)id)];
            rows = [];
            return [.. ids.Select(id => (float)id)];
        }

        ids = [];
        rows = [.. drawn.Select(value => (double)value)];
        float[] scaled = new float[rows.Length];
        SampleClassifiers.Scaler.Scale(rows, scaled);
        return scaled;
    }

    private static float[] Probabilities(ClassificationNetwork network, float[] x)
    {
        int width = network.Config.ReadsText ? 1 : SampleClassifiers.Features, steps = x.Length / width;
        Tensor logits = network.Forward(new Tape(isRecording: false), Tensor.From(x, steps, 1, width), [steps]);
        float[] probabilities = new float[logits.Length];
        KernelCatalog.Selected.Softmax(logits.Values, probabilities);
        return probabilities;
    }
}
