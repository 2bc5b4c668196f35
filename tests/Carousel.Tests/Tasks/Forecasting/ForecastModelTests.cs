using Carousel.Autograd;
using Carousel.Data;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Forecasting;

public sealed class ForecastModelTests : IDisposable
{
    private const int Rows = 160;
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<WindowNormalisation, int, bool> Shapes
    {
        get
        {
            var data = new TheoryData<WindowNormalisation, int, bool>();
            foreach (WindowNormalisation normalisation in Enum.GetValues<WindowNormalisation>())
            {
                data.Add(normalisation, 1, false);
                data.Add(normalisation, 4, false);
                data.Add(normalisation, 3, true);
            }

            return data;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forecast_by_the_network_equals_normalise_run_restore_by_hand(WindowNormalisation normalisation, int patch, bool quantiles)
    {
        (ForecastRecipe recipe, PreparedSeries data) = Prepare(normalisation, patch, quantiles);
        ForecasterConfig config = recipe.Model;
        var network = new ForecastNetwork(config, new RandomSource(5));
        var tape = new Tape(isRecording: false);
        int[] chosen = [0, 7, 13];

        float[] actual = network.Forecast(tape, data.Valid, chosen).Values.ToArray();

        for (int i = 0; i < chosen.Length; i++)
        {
            float[] window = data.Valid.Inputs(chosen[i]).ToArray();
            float[] shift = new float[2], factor = [1, 1];
            for (int feature = 0; feature < 2; feature++)
            {
                double[] values = [.. Enumerable.Range(0, config.Window).Select(t => (double)window[(t * 2) + feature])];
                if (normalisation == WindowNormalisation.LastValue)
                {
                    shift[feature] = (float)values[^1];
                }
                else if (normalisation == WindowNormalisation.Window)
                {
                    double mean = values.Average();
                    shift[feature] = (float)mean;
                    factor[feature] = (float)Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + 1e-5);
                }
            }

            // A window of its own, folded by hand: [steps, 1, patch · features].
            float[] folded = [.. window.Select((value, k) => (value - shift[k % 2]) / factor[k % 2])];
            float[] output = network.Forward(tape, Tensor.From(folded, config.Steps, 1, config.StepFeatures)).Values.ToArray();
            for (int k = 0; k < output.Length; k++)
            {
                int target = k / config.OutputsPerValue % 2;
                Assert.Equal((output[k] * factor[target]) + shift[target], actual[(i * output.Length) + k], 1e-5f);
            }
        }
    }

    [Fact]
    public void Save_and_load_give_the_same_forecast_bit_for_bit_in_the_units_of_the_series()
    {
        (ForecastRecipe recipe, PreparedSeries data) = Prepare(WindowNormalisation.LastValue, 2, quantiles: false);
        var network = new ForecastNetwork(recipe.Model, new RandomSource(5));
        string path = Path.Combine(_folder, "model.safetensors");
        ForecastModel.Save(path, network, data.Scaler, recipe);
        ForecastModel model = ForecastModel.Load(path);

        IReadOnlyList<ForecastRow> rows = model.ForecastAfter(data.Series);

        float[] past = [.. Enumerable.Range(0, recipe.Model.Window * 2).Select(i =>
            (float)data.Scaler.Scale(data.Series[i % 2][Rows - recipe.Model.Window + (i / 2)], i % 2))];
        var tape = new Tape(isRecording: false);
        var batch = new WindowBatch(tape, recipe.Model, 1, _ => past);
        float[] expected = batch.Restore(tape, network.Forward(tape, batch.Inputs)).Values.ToArray();
        Assert.Equal(recipe.Model.Horizon, rows.Count);
        for (int ahead = 0; ahead < rows.Count; ahead++)
        {
            Assert.Equal(ahead + 1, rows[ahead].Ahead);
            Assert.Equal(data.Scaler.Unscale(expected[ahead * 2], 0), rows[ahead].Values[0][0]);
            Assert.Equal(data.Scaler.Unscale(expected[(ahead * 2) + 1], 1), rows[ahead].Values[1][0]);
        }

        Assert.Equal(recipe.Training.Epochs, model.Recipe!.Training.Epochs);
    }

    [Fact]
    public void ForecastAfter_on_a_short_series_says_how_many_rows_are_needed()
    {
        (ForecastRecipe recipe, PreparedSeries data) = Prepare(WindowNormalisation.None, 1, quantiles: false);
        string path = Path.Combine(_folder, "model.safetensors");
        ForecastModel.Save(path, new ForecastNetwork(recipe.Model, new RandomSource(5)), data.Scaler, recipe);

        var e = Assert.Throws<DataFileException>(() => ForecastModel.Load(path).ForecastAfter(Waves(5)));

        Assert.Contains("5 rows", e.Message, StringComparison.Ordinal);
        Assert.Contains("12", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_of_a_perfect_forecast_are_zero_and_of_the_truth_plus_one_deviation_are_one()
    {
        (ForecastRecipe recipe, PreparedSeries data) = Prepare(WindowNormalisation.None, 1, quantiles: false);
        var values = new Tensor(data.Test.Count, data.Test.Config.Horizon * data.Test.Targets);
        WindowBatch.ReadTruth(data.Test, [.. Enumerable.Range(0, data.Test.Count)], values);
        float[] truth = values.Values.ToArray();

        IReadOnlyDictionary<string, double> perfect = ForecastMetrics.Of(truth, data, data.Test, recipe.Model);
        IReadOnlyDictionary<string, double> shifted = ForecastMetrics.Of([.. truth.Select(value => value + 1)], data, data.Test, recipe.Model);

        Assert.Equal(0, perfect["mse"]);
        Assert.Equal(0, perfect["rmse"], 1e-5);
        Assert.Equal(1, shifted["mse"], 1e-5);
        Assert.Equal(1, shifted["mae"], 1e-5);
        Assert.Equal(Math.Sqrt((Math.Pow(data.Scaler.Deviations[0], 2) + Math.Pow(data.Scaler.Deviations[1], 2)) / 2), shifted["rmse"], 1e-4);
    }

    [Fact]
    public void Run_beats_every_simple_baseline_on_mixed_waves_and_writes_the_whole_run_folder()
    {
        (ForecastRecipe recipe, _) = Prepare(WindowNormalisation.None, 1, quantiles: false);
        using var folder = RunFolder.Create(Path.Combine(_folder, "run"));
        using var workers = new Workers(2);

        ForecastResult result = ForecastTraining.Run(recipe, Waves(600), new TrainingRun(folder, workers), TestContext.Current.CancellationToken);
        folder.WriteReport(Carousel.Reports.ReportPage.Render(ForecastReport.Of(result, DateTimeOffset.UnixEpoch)));

        Assert.All(result.Baselines.Where(baseline => baseline.Name != "linear"), baseline => Assert.True(
            result.Test.Metrics["mse"] < baseline.Metrics["mse"], $"{baseline.Name}: {baseline.Metrics["mse"]}, LSTM: {result.Test.Metrics["mse"]}"));
        Assert.All(new[] { folder.Model, folder.Checkpoint, folder.History, folder.Recipe, folder.Report }, file => Assert.True(File.Exists(file), file));
        Assert.Equal(result.Summary.History.Count, File.ReadAllLines(folder.History).Length);
    }

    private static (ForecastRecipe Recipe, PreparedSeries Data) Prepare(WindowNormalisation normalisation, int patch, bool quantiles) => ForecastTraining.Prepare(
        ForecastRecipe.Default with
        {
            Model = ForecastRecipe.Default.Model with
            {
                Window = 12,
                Horizon = 3,
                Patch = patch,
                Normalisation = normalisation,
                Quantiles = quantiles ? [0.1, 0.5, 0.9] : [],
                Network = new LstmConfig(0, 8),
            },
            Training = ForecastRecipe.Default.Training with { Epochs = 12, Optimizer = new Carousel.Optimizers.AdamWConfig { LearningRate = 0.02 } },
        },
        Waves(Rows));

    private static Series Waves(int rows) => Series.Of(
        "waves",
        [
            ("a", [.. Enumerable.Range(0, rows).Select(t => 10 + (3 * Math.Sin(t * 0.5)) + Math.Sin(t * 0.13))]),
            ("b", [.. Enumerable.Range(0, rows).Select(t => -5 + (2 * Math.Cos(t * 0.31)))]),
        ],
        targets: 2);
}
