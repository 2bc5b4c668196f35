using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tasks.Forecasting;
using Carousel.Tests.Streams;
using Carousel.Training;

namespace Carousel.Tests.Documentation;

/// <summary>The code in README.md is the code below, which compiles and runs.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-readme-").FullName;
    private readonly List<double> _printed = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Forecaster_example_trains_and_forecasts()
    {
        Forecast(Path.Combine(_folder, "passengers"));

        Assert.Equal(1 + 12, _printed.Count);
        Assert.InRange(_printed[0], 0.01, 10);
        Assert.All(_printed.Skip(1), static passengers => Assert.InRange(passengers, 100, 1500));
    }

    [Fact]
    public void Network_example_learns_to_add()
    {
        Learn();

        Assert.True(_printed[^1] < 0.1 * _printed[0], $"loss was {_printed[0]} at first and {_printed[^1]} at last");
    }

    [Fact]
    public void Stream_example_steps_and_restores()
    {
        string path = Path.Combine(_folder, "network.safetensors");
        LstmConfig config = new(2, 8);
        TrainedModels.File(config, new Lstm(config, new RandomSource(3))).Save(path);

        Stream(path, [[0.1f, 0.2f], [0.3f, -0.4f], [0.5f, 0.6f]]);

        Assert.Equal(3, _printed.Count);
        Assert.Equal(3, _printed.Distinct().Count());
    }

    [Theory]
    [InlineData("forecaster")]
    [InlineData("stream")]
    [InlineData("network")]
    public void Readme_shows_the_code_that_is_tested(string example)
    {
        string root = RepositoryRoot();
        string shown = Between(File.ReadAllText(Path.Combine(root, "README.md")), $"<!-- example: {example} -->\n```csharp\n", "```\n");
        string tested = Between(File.ReadAllText(Path.Combine(root, "tests", "Carousel.Tests", "Documentation", "ReadmeTests.cs")), $"        // example: {example}\n", "        // end\n");

        Assert.Equal(Unindented(tested).Replace("Print(", "Console.WriteLine(", StringComparison.Ordinal), shown.ReplaceLineEndings("\n"));
    }

    private void Forecast(string run)
    {
        // example: forecaster
        Series series = AirlinePassengers.Load();     // or Series.FromCsv("sales.csv", new CsvOptions { Targets = ["revenue"] })
        ForecastRecipe recipe = ForecastRecipe.Default with
        {
            Model = new ForecasterConfig { Window = 36, Horizon = 12, SeasonLength = 12, Network = new LstmConfig(0, 32) },
            Split = SplitConfig.Rows(96, 24, 24),
        };
        using var folder = RunFolder.Create(run);
        using var workers = new Workers(Environment.ProcessorCount);
        ForecastResult result = ForecastTraining.Run(recipe, series, new TrainingRun(folder, workers));
        Print(result.Test.Metrics["mase"]);

        ForecastModel model = ForecastModel.Load(folder.Model);      // one file: weights, architecture, scaler
        foreach (ForecastRow month in model.ForecastAfter(series))
        {
            Print(month.Values[0][0]);                               // in the units of the data
        }
        // end
    }

    private void Learn()
    {
        // example: network
        var random = new RandomSource(1);
        var lstm = new Lstm(new LstmConfig(2, 16), random);
        var head = new Linear(new LinearConfig(16, 1), random);
        Optimizer optimizer = new AdamWConfig { LearningRate = 0.01 }.Create([.. lstm.Parameters(), .. head.Parameters().Select(p => ($"head.{p.Name}", p.Parameter))]);
        var tape = new Tape(random, isTraining: true);
        for (int step = 0; step < 200; step++)
        {
            tape.Reset();
            optimizer.ClearGradients();
            (Tensor x, Tensor y) = Numbers(random);                  // x [T, B, 2], y [B, 1]: the sum of the first column
            (Tensor h, LstmState state) = lstm.Forward(tape, x);     // h [T, B, 16]; the state is a value, not a field of the layer
            Tensor loss = tape.SquaredError(head.Forward(tape, h.At(x.Shape[0] - 1)), y);
            tape.Backward(loss);
            optimizer.Step();
            Print(loss.Values[0]);
        }
        // end
    }

    private void Stream(string path, float[][] ticks)
    {
        // example: stream
        using var model = CompiledModel.Load(path);                  // immutable, shared by any number of streams
        using ModelStream stream = model.OpenStream();               // owns its state
        float[] y = new float[model.OutputSize];
        foreach (float[] x in ticks)
        {
            stream.Step(x, y);                                       // one time step; allocates nothing
            Print(y[0]);
        }

        StreamState state = stream.Snapshot();                       // a value: fork it, save it, restore it, compare it
        stream.Reset();
        stream.Restore(state);
        // end
    }

    private static (Tensor X, Tensor Y) Numbers(RandomSource random)
    {
        const int Steps = 6, Batch = 32;
        Tensor x = new(Steps, Batch, 2), y = new(Batch, 1);
        for (int i = 0; i < Steps * Batch; i++)
        {
            x.Values[2 * i] = random.NextSingle();
            x.Values[(2 * i) + 1] = random.NextSingle();
            y.Values[i % Batch] += x.Values[2 * i];
        }

        return (x, y);
    }

    private void Print(double value) => _printed.Add(value);

    private static string Between(string text, string start, string end)
    {
        text = text.ReplaceLineEndings("\n");
        int from = text.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"'{start.Trim()}' not found");
        from += start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string Unindented(string code) =>
        string.Concat(code.Split('\n').SkipLast(1).Select(static line => (line.Length >= 8 ? line[8..] : line.Trim()) + "\n"));

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Carousel.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("no folder above the tests holds Carousel.slnx");
    }
}
