using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Plans;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// A trained forecaster in production: history in the units of its columns in, forecast in the same units out. Scaler and window normalisation come from the
/// model file. Immutable; may be used by several threads at once.
/// </summary>
public sealed class Forecaster : IDisposable
{
    private readonly CompiledModel _model;
    private readonly StandardScaler _scaler;

    private Forecaster(ForecasterConfig config, StandardScaler scaler, CompiledModel model) => (Config, _scaler, _model) = (config, scaler, model);

    /// <summary>What the forecaster is: window, horizon, columns.</summary>
    public ForecasterConfig Config { get; }

    /// <summary>Names of the columns of a history, in order: the targets, then the covariates.</summary>
    public IReadOnlyList<string> Columns => _scaler.Features;

    /// <summary>Reads a model file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or no forecaster, or holds a layer that cannot run step by step.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static Forecaster Load(string path, CompileOptions? options = null) => From(ModelFile.Load(path), path, options);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The model is no forecaster, or holds a layer that cannot run step by step.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static Forecaster From(ModelFile file, string name, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Config is not ForecasterConfig config || file.Scaler is not { } scaler)
        {
            throw new ModelFileException(name, $"holds a model for the task '{file.Config.Task}', expected 'forecast'");
        }

        return new Forecaster(config, scaler, CompiledModel.Compile(file, name, options));
    }

    /// <summary>Forecasts what follows the last row.</summary>
    /// <param name="history">Rows [N, <see cref="Columns"/>] row-major, oldest first, in the units of the columns; at least the window, of which the last rows are used.</param>
    /// <exception cref="ArgumentException">There are too few rows, a part of a row, or a number that is not finite.</exception>
    /// <exception cref="ObjectDisposedException">The forecaster has been disposed.</exception>
    public Forecast Predict(ReadOnlySpan<double> history)
    {
        ObjectDisposedException.ThrowIf(_model.IsDisposed, this);
        float[] window = Scaled(history);
        Span<float> shift = new float[Config.Features], factor = new float[Config.Features];
        WindowNormaliser.Measure(Config.Normalisation, window, shift, factor);
        WindowNormaliser.Apply(window, shift, factor, window);
        float[] output = Run(window);
        double[] values = new double[output.Length];
        for (int at = 0; at < values.Length; at++)
        {
            int target = at / Config.OutputsPerValue % Config.Targets.Count;

            // Product and sum round one after the other, as in training.
            float scaled = output[at] * factor[target];
            values[at] = _scaler.Unscale(scaled + shift[target], target);
        }

        // Quantiles are learnt apart from each other and may cross; in order they score no worse (Chernozhukov et al. 2010).
        for (int at = 0; Config.Quantiles.Count > 1 && at < values.Length; at += Config.OutputsPerValue)
        {
            values.AsSpan(at, Config.OutputsPerValue).Sort();
        }

        return new Forecast(Config, values);
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _model.Dispose();

    // [window, features] after the scaler.
    private float[] Scaled(ReadOnlySpan<double> history)
    {
        int features = Config.Features, needed = Config.Window * features;
        if (history.Length < needed || history.Length % features != 0)
        {
            throw new ArgumentException($"the history holds {history.Length} values, expected whole rows of {features} ({string.Join(", ", Columns)}), at least {Config.Window} of them", nameof(history));
        }

        ReadOnlySpan<double> rows = history[^needed..];
        for (int at = 0; at < needed; at++)
        {
            if (!double.IsFinite(rows[at]))
            {
                throw new ArgumentException($"the history holds {rows[at]} in column '{Columns[at % features]}', {Config.Window - (at / features)} rows from its end, expected finite numbers", nameof(history));
            }
        }

        float[] scaled = new float[needed];
        _scaler.Scale(rows, scaled);
        return scaled;
    }

    // The output after the last time step; only there is the head worth its product.
    private float[] Run(float[] window)
    {
        int inputs = Config.StepFeatures, steps = Config.Steps;
        float[] output = new float[Config.HeadSize];
        var memory = new PlanMemory(_model.Plan, capacity: 1);
        if (!_model.IsStreaming)
        {
            float[] all = new float[_model.OutputSteps(steps) * output.Length];
            _model.Plan.RunSequence(memory, window, all, steps);
            return all[^output.Length..];
        }

        for (int step = 0; step < steps; step++)
        {
            _model.Plan.Run(memory, 0, 1, window.AsSpan(step * inputs, inputs), step == steps - 1 ? output : []);
        }

        return output;
    }
}
