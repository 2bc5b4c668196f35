using Carousel.Data;
using Carousel.Metrics;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Forecasting;

/// <summary>
/// The errors of forecasts over all windows of a part. <c>mse</c> and <c>mae</c> are in scaled units, as forecasting papers print them; <c>rmse</c>, <c>smape</c>
/// (percent, 0…200) and <c>mase</c> are in the units of the file.
/// </summary>
internal static class ForecastMetrics
{
    /// <summary>Measures forecasts.</summary>
    /// <param name="forecasts">[windows, horizon · targets · outputs per value], scaled.</param>
    /// <param name="data">Series, scaler and parts.</param>
    /// <param name="windows">The part that was forecast.</param>
    /// <param name="model">Horizon, targets, quantiles, season.</param>
    public static IReadOnlyDictionary<string, double> Of(ReadOnlySpan<float> forecasts, PreparedSeries data, Windows windows, ForecasterConfig model)
    {
        int targets = model.Targets.Count, outputs = model.OutputsPerValue, middle = Middle(model.Quantiles);
        double[] seasonalErrors = [.. Enumerable.Range(0, targets).Select(target => SeasonalError(data, target, model.SeasonLength))];
        double squared = 0, absolute = 0, squaredUnits = 0, symmetric = 0, scaledErrors = 0, pinball = 0;
        long count = 0;
        for (int window = 0; window < windows.Count; window++)
        {
            int origin = windows.Origin(window);
            for (int k = 0; k < model.Horizon * targets; k++)
            {
                int target = k % targets, row = origin + (k / targets);
                ReadOnlySpan<float> given = forecasts.Slice(((window * model.Horizon * targets) + k) * outputs, outputs);
                double truth = windows.Value(row, target), error = given[middle] - truth;
                squared += error * error;
                absolute += Math.Abs(error);

                double y = data.Series[target][row], forecast = data.Scaler.Unscale(given[middle], target), difference = Math.Abs(forecast - y);
                squaredUnits += difference * difference;
                symmetric += Math.Abs(y) + Math.Abs(forecast) is > 0 and double size ? 200 * difference / size : 0;
                scaledErrors += difference / seasonalErrors[target];
                for (int level = 0; level < model.Quantiles.Count; level++)
                {
                    double below = truth - given[level];
                    pinball += Math.Max(model.Quantiles[level] * below, (model.Quantiles[level] - 1) * below);
                }

                count++;
            }
        }

        var metrics = new Dictionary<string, double>
        {
            ["mse"] = squared / count,
            ["mae"] = absolute / count,
            ["rmse"] = Math.Sqrt(squaredUnits / count),
            ["smape"] = symmetric / count,
            ["mase"] = scaledErrors / count,
        };
        if (model.Quantiles.Count > 0)
        {
            metrics["quantile_loss"] = pinball / (count * model.Quantiles.Count);
            metrics["crps"] = 2 * metrics["quantile_loss"];
        }

        return metrics;
    }

    /// <summary>The output that stands for the forecast itself: the only one, or the quantile nearest to the median.</summary>
    public static int Middle(IReadOnlyList<double> quantiles) =>
        quantiles.Count == 0 ? 0 : Enumerable.Range(0, quantiles.Count).MinBy(level => Math.Abs(quantiles[level] - 0.5));

    // The denominator of MASE. A season as long as the training part is none.
    private static double SeasonalError(PreparedSeries data, int target, int season)
    {
        ReadOnlySpan<double> values = data.Series[target][data.Split.Train.Start..data.Split.Train.End];
        return ForecastErrors.SeasonalScale(values, season < values.Length ? season : 1);
    }
}
