using Carousel.Autograd;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Training;

namespace Carousel.Tasks.Forecasting;

/// <summary>Trains a <see cref="ForecastNetwork"/> on the windows of a series. Models are chosen by their error on the validation windows.</summary>
public sealed class ForecastTask : TrainingTask
{
    private readonly ForecastRecipe _recipe;
    private readonly PreparedSeries _data;
    private readonly Func<int, ReadOnlySpan<float>> _past;

    // The batch that the tape holds.
    private int[] _chosen = [];
    private WindowBatch? _batch;
    private Tensor? _truth;

    /// <summary>Makes the task with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">Resolved for the data.</param>
    /// <param name="data">Split, scaled and laid out in windows.</param>
    /// <exception cref="ArgumentException">The recipe's model has problems; all are listed.</exception>
    public ForecastTask(ForecastRecipe recipe, PreparedSeries data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        (_recipe, _data) = (recipe, data);
        Network = new ForecastNetwork(recipe.Model, new RandomSource(recipe.Training.Seed), recipe.WeightStart.Start());
        Parameters = Network.Parameters;
        _past = i => _data.Train.Inputs(_chosen[i]);
    }

    /// <summary>The network in training.</summary>
    public ForecastNetwork Network { get; }

    /// <inheritdoc/>
    public override string Name => "forecast";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <inheritdoc/>
    public override int Examples => _data.Train.Count;

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        _chosen = examples.ToArray();
        _batch = new WindowBatch(tape, Network.Config, examples.Length, _past);
        _truth = tape.Empty(examples.Length, _data.Train.Config.Horizon * _data.Train.Targets);
        WindowBatch.ReadTruth(_data.Train, examples, _truth);
        return (Compare(tape, _batch.Restore(tape, Network.Forward(tape, _batch.Inputs)), _truth), null);
    }

    /// <inheritdoc/>
    public override bool Refill(ReadOnlySpan<int> examples, LayerState? state)
    {
        if (_batch is null || _truth is null || examples.Length != _chosen.Length)
        {
            return false;
        }

        examples.CopyTo(_chosen);
        _batch.Fill(_past);
        WindowBatch.ReadTruth(_data.Train, examples, _truth);
        return true;
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        float[] forecasts = Network.ForecastAll(tape, _data.Valid, cancellation);
        IReadOnlyDictionary<string, double> metrics = ForecastMetrics.Of(forecasts, _data, _data.Valid, _recipe.Model);
        return new Evaluation(metrics[_recipe.Model.Quantiles.Count > 0 ? "quantile_loss" : "mse"], _data.Valid.Count, metrics);
    }

    /// <inheritdoc/>
    public override void SaveModel(string path) => ForecastModel.Save(path, Network, _data.Scaler, _recipe);

    private Tensor Compare(Tape tape, Tensor forecast, Tensor truth)
    {
        if (_recipe.Model.Quantiles.Count > 0)
        {
            int levels = _recipe.Model.Quantiles.Count;
            return tape.Quantile(forecast.Reshape(forecast.Length / levels, levels), truth.Reshape(truth.Length), [.. _recipe.Model.Quantiles.Select(level => (float)level)]);
        }

        return _recipe.Loss switch
        {
            ForecastLoss.MeanAbsoluteError => tape.AbsoluteError(forecast, truth),
            ForecastLoss.Huber => tape.Huber(forecast, truth, _recipe.HuberDelta),
            _ => tape.SquaredError(forecast, truth),
        };
    }
}
