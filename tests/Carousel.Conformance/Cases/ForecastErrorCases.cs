using System.Text.Json;
using Carousel.Metrics;

namespace Carousel.Conformance.Cases;

internal sealed class ForecastErrorCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["regression_errors", "m4", "crps"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        switch (vector.Kind)
        {
            case "regression_errors":
                RegressionErrors errors = RegressionErrors.Of(vector.Input("y_true").Data, vector.Input("y_pred").Data);
                compare.Output("mae", errors.Mae);
                compare.Output("mse", errors.Mse);
                compare.Output("rmse", errors.Rmse);
                break;
            case "m4":
                RunM4(vector, compare);
                break;
            default:
                RunCrps(vector, compare);
                break;
        }
    }

    private static void RunM4(ConformanceCase vector, Comparison compare)
    {
        int season = vector.Config.Integer("seasonality");
        CaseTensor history = vector.Input("insample"), truth = vector.Input("outsample"), forecast = vector.Input("forecast");
        JsonElement[] expected = [.. vector.Expected.GetProperty("per_series").EnumerateArray()];
        var scores = new List<M4Score>();
        var naive = new List<double>();
        for (int i = 0; i < truth.Shape[0]; i++)
        {
            double[] past = Row(history, i);
            var score = M4Score.Of(past, Row(truth, i), Row(forecast, i), season);
            var naive2 = Naive2.Of(past, season, truth.Shape[1]);
            scores.Add(score);
            naive.AddRange(naive2.Forecast);
            foreach (JsonProperty property in expected[i].EnumerateObject())
            {
                string where = $"[{i}].{property.Name}";
                switch (property.Name)
                {
                    case "smape": compare.Inside("per_series", where, score.Smape, property.Value.GetDouble()); break;
                    case "mase": compare.Inside("per_series", where, score.Mase, property.Value.GetDouble()); break;
                    case "smape_naive2": compare.Inside("per_series", where, score.Naive2Smape, property.Value.GetDouble()); break;
                    case "mase_naive2": compare.Inside("per_series", where, score.Naive2Mase, property.Value.GetDouble()); break;
                    case "seasonal": compare.Structure("per_series", naive2.IsSeasonal == property.Value.GetBoolean(), $"{where}: actual {naive2.IsSeasonal}"); break;
                    case "seasonal_indices":
                        for (int s = 0; s < season; s++)
                        {
                            compare.Inside("per_series", $"{where}[{s}]", naive2.SeasonalIndices[s], property.Value[s].GetDouble());
                        }

                        break;
                    default: compare.Structure("per_series", false, $"{where} is not computed"); break;
                }
            }
        }

        M4Score mean = M4Score.Mean(scores);
        compare.Output("naive2_forecast", naive.ToArray());
        compare.Output("smape", mean.Smape);
        compare.Output("mase", mean.Mase);
        compare.Output("smape_naive2", mean.Naive2Smape);
        compare.Output("mase_naive2", mean.Naive2Mase);
        compare.Output("owa", mean.Owa);
    }

    private static void RunCrps(ConformanceCase vector, Comparison compare)
    {
        double[] truth = vector.Input("y").Data, mean = vector.Input("gauss_mean").Data, deviation = vector.Input("gauss_std").Data;
        CaseTensor ensemble = vector.Input("ensemble");
        int[] items = [.. Enumerable.Range(0, truth.Length)];
        compare.Output("crps_ensemble", Array.ConvertAll(items, i => Crps.Ensemble(Row(ensemble, i), truth[i])));
        compare.Output("crps_ensemble_fair", Array.ConvertAll(items, i => Crps.FairEnsemble(Row(ensemble, i), truth[i])));
        compare.Output("crps_gaussian", Array.ConvertAll(items, i => Crps.Gaussian(mean[i], deviation[i], truth[i])));
        var quantiles = QuantileErrors.Of(truth, vector.Input("quantile_predictions").Data, vector.Config.Numbers("quantiles"));
        compare.Output("pinball", quantiles.Pinball.ToArray());
        compare.Output("quantile_loss_mean", quantiles.Mean);
        compare.Output("crps_from_quantiles", quantiles.Crps);
        compare.Output("weighted_quantile_loss", quantiles.Weighted.ToArray());
        compare.Output("mean_weighted_quantile_loss", quantiles.MeanWeighted);
    }

    private static double[] Row(CaseTensor matrix, int row) => matrix.Data[(row * matrix.Shape[1])..((row + 1) * matrix.Shape[1])];
}
