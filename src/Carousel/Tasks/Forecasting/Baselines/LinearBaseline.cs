using Carousel.Data;

namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>
/// One linear layer on the window: every value to come is a weighted sum of the values looked back on, all relative to the last one, plus a
/// constant (Zeng et al., 2023). Each target is forecast from its own past. The weights are the exact minimum of the squared error over the
/// training part with a ridge penalty, chosen on the validation part.
/// </summary>
public sealed class LinearBaseline : IForecastBaseline
{
    // Relative to the mean variance of the inputs.
    private static readonly double[] Penalties = [1e-8, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3, 10];

    private readonly Layer[] _layers;

    private LinearBaseline(Layer[] layers) => _layers = layers;

    /// <inheritdoc/>
    public string Name => "linear";

    /// <summary>The ridge penalty chosen for each target [K], relative to the mean variance of the inputs.</summary>
    public IReadOnlyList<double> ChosenPenalties => Array.ConvertAll(_layers, layer => layer.Penalty);

    /// <summary>Fits the layer of every target in closed form.</summary>
    /// <param name="data">The series; its training windows are taken at every row whatever their stride.</param>
    public static LinearBaseline Fit(PreparedSeries data)
    {
        ArgumentNullException.ThrowIfNull(data);
        WindowConfig config = data.Train.Config;
        if (config.Length == 1)
        {
            // Nothing is left of one value relative to itself: the best constant step remains.
            config = config with { Length = 2 };
        }

        var layers = new Layer[data.Train.Targets];
        for (int target = 0; target < layers.Length; target++)
        {
            RowRange train = data.Split.Train;
            RowRange valid = data.Split.Valid with { Start = Math.Max(0, data.Split.Valid.Start - config.Length) };
            layers[target] = FitTarget(
                new LagMoments(Values(data.Train, train, target), config.Length, config.Horizon),
                new LagMoments(Values(data.Valid, valid, target), config.Length, config.Horizon),
                config);
        }

        return new LinearBaseline(layers);
    }

    /// <inheritdoc/>
    public void Predict(Windows windows, int window, Span<float> forecast)
    {
        ArgumentNullException.ThrowIfNull(windows);
        int horizon = windows.Config.Horizon, origin = windows.Origin(window);
        double[] sum = new double[horizon];
        for (int target = 0; target < windows.Targets; target++)
        {
            Layer layer = _layers[target];
            int inputs = layer.Weights.Length / horizon;
            double last = windows.Value(origin - 1, target);
            layer.Bias.CopyTo(sum, 0);
            for (int i = 0; i < inputs; i++)
            {
                double input = windows.Value(origin - 1 - inputs + i, target) - last;
                TensorPrimitives.MultiplyAdd(layer.Weights.AsSpan(i * horizon, horizon), input, sum, sum);
            }

            for (int h = 0; h < horizon; h++)
            {
                forecast[(h * windows.Targets) + target] = (float)(last + sum[h]);
            }
        }
    }

    private static Layer FitTarget(LagMoments train, LagMoments valid, WindowConfig config)
    {
        int inputs = config.Length - 1, outputs = config.Horizon;
        double[] covariance = new double[inputs * inputs], cross = new double[inputs * outputs];
        double scale = 0;
        for (int i = 0; i < inputs; i++)
        {
            for (int j = 0; j < inputs; j++)
            {
                covariance[(i * inputs) + j] = train.Product(i, j) - (train.Mean(i) * train.Mean(j));
            }

            for (int h = 0; h < outputs; h++)
            {
                cross[(i * outputs) + h] = train.Product(i, config.Length + h) - (train.Mean(i) * train.Mean(config.Length + h));
            }

            scale += covariance[(i * inputs) + i] / inputs;
        }

        Layer? best = null;
        double least = double.PositiveInfinity;
        foreach (double penalty in Penalties)
        {
            double[] factor = covariance.ToArray(), weights = cross.ToArray(), bias = new double[outputs];
            for (int i = 0; i < inputs; i++)
            {
                // The tiny addition keeps inputs that never change from making the matrix singular.
                factor[(i * inputs) + i] += (penalty * scale) + 1e-12;
            }

            if (!Cholesky.TryFactor(factor, inputs))
            {
                continue;
            }

            Cholesky.Solve(factor, inputs, weights, outputs);
            for (int h = 0; h < outputs; h++)
            {
                bias[h] = train.Mean(config.Length + h);
                for (int i = 0; i < inputs; i++)
                {
                    bias[h] -= weights[(i * outputs) + h] * train.Mean(i);
                }
            }

            var layer = new Layer(weights, bias, penalty);
            double error = MeanSquaredError(layer, valid, config);
            if (error < least)
            {
                (best, least) = (layer, error);
            }
        }

        return best ?? throw new InvalidOperationException("no ridge penalty made the normal equations solvable");
    }

    /// <summary>Mean over windows and horizon of (y − b − Σ w_i·z_i)², by its moments: E y² − 2·Σ w·E zy + Σ w·E zz·w, and the same with b.</summary>
    private static double MeanSquaredError(Layer layer, LagMoments moments, WindowConfig config)
    {
        int inputs = config.Length - 1, outputs = config.Horizon;
        double[] projected = new double[outputs], row = new double[outputs];
        for (int h = 0; h < outputs; h++)
        {
            projected[h] = moments.Product(config.Length + h, config.Length + h) + (layer.Bias[h] * (layer.Bias[h] - (2 * moments.Mean(config.Length + h))));
        }

        for (int i = 0; i < inputs; i++)
        {
            ReadOnlySpan<double> weights = layer.Weights.AsSpan(i * outputs, outputs);
            for (int h = 0; h < outputs; h++)
            {
                row[h] = 2 * ((layer.Bias[h] * moments.Mean(i)) - moments.Product(i, config.Length + h));
            }

            for (int j = 0; j < inputs; j++)
            {
                TensorPrimitives.MultiplyAdd(layer.Weights.AsSpan(j * outputs, outputs), moments.Product(i, j), row, row);
            }

            TensorPrimitives.MultiplyAdd(row, weights, projected, projected);
        }

        return TensorPrimitives.Sum(projected) / outputs;
    }

    private static double[] Values(Windows windows, RowRange rows, int target)
    {
        double[] values = new double[rows.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = windows.Value(rows.Start + i, target);
        }

        return values;
    }

    /// <summary>Weights [T − 1, horizon] and bias [horizon] of one target.</summary>
    private sealed record Layer(double[] Weights, double[] Bias, double Penalty);
}
