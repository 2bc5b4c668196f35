using Carousel.Autograd;
using Carousel.Data;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;

namespace Carousel.Tasks.Forecasting;

/// <summary>A trained forecaster: network, scaler and the recipe it came from, as one model file holds them.</summary>
public sealed class ForecastModel
{
    private readonly ModelFile _file;

    private ForecastModel(ModelFile file, ForecastNetwork network, StandardScaler scaler, ForecastRecipe? recipe) =>
        (_file, Network, Scaler, Recipe) = (file, network, scaler, recipe);

    /// <summary>The network with its trained weights.</summary>
    public ForecastNetwork Network { get; }

    /// <summary>Fitted on the training part.</summary>
    public StandardScaler Scaler { get; }

    /// <summary>How it was trained; null when the file does not say.</summary>
    public ForecastRecipe? Recipe { get; }

    /// <summary>What the forecaster is.</summary>
    public ForecasterConfig Config => Network.Config;

    /// <summary>Writes a model file.</summary>
    /// <param name="path">The file; written atomically.</param>
    /// <param name="network">Network and weights.</param>
    /// <param name="scaler">Fitted on the training part.</param>
    /// <param name="recipe">How it was trained, resolved.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, ForecastNetwork network, StandardScaler scaler, ForecastRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(network);
        new ModelFile(network.Config, NetworkWeights.Stored(network.Parameters), scaler, ForecastRecipeJson.Shared.Write(recipe)).Save(path);
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no forecaster.</exception>
    public static ForecastModel Load(string path)
    {
        ModelFile file = ModelFile.Load(path);
        if (file.Config is not ForecasterConfig config || file.Scaler is not { } scaler)
        {
            throw new ModelFileException(path, $"holds a model for the task '{file.Config.Task}', expected 'forecast'");
        }

        var network = new ForecastNetwork(config, new RandomSource(0));
        NetworkWeights.Load(network.Parameters, file);
        return new ForecastModel(file, network, scaler, file.Recipe is null ? null : ForecastRecipeJson.Shared.Read<ForecastRecipe>(file.Recipe, $"{path}, recipe"));
    }

    /// <summary>Forecasts what follows the last row of a series.</summary>
    /// <param name="series">Read with this model's columns; at least as many rows as the window.</param>
    /// <returns>One row per step ahead, in the units of the series.</returns>
    /// <exception cref="DataFileException">The series is shorter than the window.</exception>
    public IReadOnlyList<ForecastRow> ForecastAfter(Series series)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Rows < Config.Window)
        {
            throw new DataFileException(series.Name, $"{series.Rows} rows, but the model looks back on {Config.Window}; give it at least that many");
        }

        int features = series.Columns.Count, first = series.Rows - Config.Window;
        double[] history = new double[Config.Window * features];
        for (int i = 0; i < history.Length; i++)
        {
            history[i] = series[i % features][first + (i / features)];
        }

        // What deployment runs is what is shown here: the predictor of the runtime, on the same file.
        using Forecaster forecaster = Forecaster.From(_file, series.Name);
        Forecast forecast = forecaster.Predict(history);
        IReadOnlyList<DateTime>? times = series.TimestampsAfter(Config.Horizon);
        var rows = new ForecastRow[Config.Horizon];
        for (int ahead = 0; ahead < rows.Length; ahead++)
        {
            rows[ahead] = new ForecastRow(ahead + 1, times?[ahead], [.. Config.Targets.Select((_, target) => forecast.Of(ahead, target).ToArray())]);
        }

        return rows;
    }

    /// <summary>Measures the model on one part of a series.</summary>
    /// <param name="data">Prepared with this model's scaler and columns.</param>
    /// <param name="windows">The part.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public ScoredForecasts Evaluate(PreparedSeries data, Windows windows, Workers workers, CancellationToken cancellation = default)
    {
        float[] forecasts = Network.ForecastAll(new Tape(workers: workers, isRecording: false), windows, cancellation);
        return new ScoredForecasts("LSTM", forecasts, ForecastMetrics.Of(forecasts, data, windows, Config));
    }

    /// <summary>Measures the model on one part of a series as deployment runs it: compiled, in any precision.</summary>
    /// <param name="data">Prepared with this model's scaler and columns.</param>
    /// <param name="windows">The part.</param>
    /// <param name="options">How to compile it.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <exception cref="NotSupportedException">The model holds a layer that the runtime cannot run.</exception>
    public ScoredForecasts Evaluate(PreparedSeries data, Windows windows, CompileOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(windows);
        using CompiledModel model = CompiledModel.Compile(_file, options);
        float[] forecasts = new float[windows.Count * Config.HeadSize];
        float[] outputs = new float[model.OutputSteps(Config.Steps) * Config.HeadSize];
        var tape = new Tape(isRecording: false);
        for (int at = 0; at < windows.Count; at++)
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset();
            int chosen = at;
            var batch = new WindowBatch(tape, Config, count: 1, _ => windows.Inputs(chosen));
            model.Run(batch.Inputs.Values, outputs);
            Tensor last = tape.Empty(1, Config.HeadSize);
            outputs.AsSpan(^Config.HeadSize..).CopyTo(last.Values);
            batch.Restore(tape, last).Values.CopyTo(forecasts.AsSpan(at * Config.HeadSize));
        }

        ForecastNetwork.Rearrange(forecasts, Config);
        return new ScoredForecasts($"LSTM {options.Precision.ToString().ToLowerInvariant()}", forecasts, ForecastMetrics.Of(forecasts, data, windows, Config));
    }
}
