using Carousel.Autograd;
using Carousel.Data;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Tasks.Forecasting;

namespace Carousel.Tests.Predictors;

/// <summary>The predictor gives the numbers of the training library, from the same file.</summary>
public sealed class ForecasterTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("carousel-").FullName, "model.safetensors");

    public static TheoryData<WindowNormalisation, int, string> Models => [.. Enum.GetValues<WindowNormalisation>().SelectMany(normalisation =>
        new[] { (1, "point"), (4, "point"), (3, "quantiles"), (2, "both directions") }.Select(kind => new TheoryDataRow<WindowNormalisation, int, string>(normalisation, kind.Item1, kind.Item2)))];

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public void Predict_same_numbers_as_the_training_library(WindowNormalisation normalisation, int patch, string kind)
    {
        ForecasterConfig config = Config(normalisation, patch, kind);
        Series series = Save(config);
        double[] expected = ByTraining(ForecastModel.Load(_path), series);

        using Forecaster forecaster = Forecaster.Load(_path);
        Forecast forecast = forecaster.Predict(Rows(series));

        Assert.Equal(["load", "solar", "wind"], forecaster.Columns);
        Assert.Equal(config.Horizon, forecast.Horizon);
        Assert.Equal(expected, forecast.Values.ToArray());
        for (int value = 0; value < config.Horizon * 2; value++)
        {
            double[] outputs = forecast.Of(value / 2, value % 2).ToArray();
            Assert.Equal(expected.AsSpan(value * config.OutputsPerValue, config.OutputsPerValue).ToArray(), outputs);
            Assert.Equal(outputs[kind == "quantiles" ? 1 : 0], forecast[value / 2, value % 2]);
        }
    }

    [Fact]
    public void Predict_wrong_history_says_what_was_expected()
    {
        double[] rows = Rows(Save(Config(WindowNormalisation.LastValue, 1, "point")));
        using Forecaster forecaster = Forecaster.Load(_path);
        Assert.Contains("at least 12", Assert.Throws<ArgumentException>(() => forecaster.Predict(rows.AsSpan(..33))).Message, StringComparison.Ordinal);
        Assert.Contains("load, solar, wind", Assert.Throws<ArgumentException>(() => forecaster.Predict(rows.AsSpan(1..))).Message, StringComparison.Ordinal);
        rows[^2] = double.NaN;
        Assert.Contains("NaN in column 'solar', 1 rows from its end", Assert.Throws<ArgumentException>(() => forecaster.Predict(rows)).Message, StringComparison.Ordinal);
        Forecast forecast = forecaster.Predict(rows.AsSpan(..^3));
        Assert.Throws<ArgumentOutOfRangeException>(() => forecast[5, 0]);
        forecaster.Dispose();
        Assert.Throws<ObjectDisposedException>(() => forecaster.Predict(rows));
    }

    [Fact]
    public void Load_model_of_another_task_is_refused()
    {
        new ModelFile(new NetworkConfig(new LinearConfig(1, 1)), [StoredTensor.FromSingles("network.weight", [1, 1], [1]), StoredTensor.FromSingles("network.bias", [1], [0])]).Save(_path);
        Assert.Contains("'network', expected 'forecast'", Assert.Throws<ModelFileException>(() => Forecaster.Load(_path)).Message, StringComparison.Ordinal);
    }

    // Window, network and way back by the training library's own operations.
    private static double[] ByTraining(ForecastModel model, Series series)
    {
        ForecasterConfig config = model.Config;
        int features = config.Features, targets = config.Targets.Count;
        float[] past = [.. Enumerable.Range(0, config.Window * features).Select(i =>
            (float)model.Scaler.Scale(series[i % features][series.Rows - config.Window + (i / features)], i % features))];
        var tape = new Tape(isRecording: false);
        var batch = new WindowBatch(tape, config, 1, _ => past);
        float[] scaled = batch.Restore(tape, model.Network.Forward(tape, batch.Inputs)).Values.ToArray();
        for (int at = 0; config.OutputsPerValue > 1 && at < scaled.Length; at += config.OutputsPerValue)
        {
            scaled.AsSpan(at, config.OutputsPerValue).Sort();
        }

        return [.. scaled.Select((value, at) => model.Scaler.Unscale(value, at / config.OutputsPerValue % targets))];
    }

    private static ForecasterConfig Config(WindowNormalisation normalisation, int patch, string kind) => new()
    {
        Window = 12,
        Horizon = 5,
        Targets = ["load", "solar"],
        Covariates = ["wind"],
        Patch = patch,
        Normalisation = normalisation,
        Quantiles = kind == "quantiles" ? [0.1, 0.5, 0.9] : [],
        Network = new SequentialConfig(new LstmConfig(3 * patch, 19) { Layers = 2, Bidirectional = kind == "both directions" }, new DropoutConfig(kind == "both directions" ? 38 : 19, 0.2f)),
    };

    private static double[] Rows(Series series) => [.. Enumerable.Range(0, series.Rows * 3).Select(at => series[at % 3][at / 3])];

    private Series Save(ForecasterConfig config)
    {
        double[] Wave(double rate, double mean) => [.. Enumerable.Range(0, 40).Select(row => mean + (3 * Math.Sin(row * rate)))];
        Series series = Series.Of("waves", [("load", Wave(0.3, 10)), ("solar", Wave(0.7, -2)), ("wind", Wave(1.1, 100))], targets: 2);
        var scaler = new StandardScaler(["load", "solar", "wind"], [9.5, -1.5, 101], [2.1, 1.9, 2.5]);
        ForecastModel.Save(_path, new ForecastNetwork(config, new RandomSource(4)), scaler, new ForecastRecipe { Model = config });
        return series;
    }
}
