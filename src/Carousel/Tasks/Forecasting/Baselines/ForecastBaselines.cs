using Carousel.Data;

namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>The baselines that stand beside every forecaster.</summary>
public static class ForecastBaselines
{
    /// <summary>Naive, seasonal naive (where there is a season), drift and one linear layer, fitted without a look at the test part.</summary>
    /// <param name="data">The series.</param>
    /// <param name="season">Rows in a season; null to detect it on the first target's training part.</param>
    public static IReadOnlyList<IForecastBaseline> Fit(PreparedSeries data, int? season = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        int rows = season ?? SeasonOf(data);
        var baselines = new List<IForecastBaseline> { new NaiveBaseline() };
        if (rows > 1 && rows <= data.Split.Train.Count)
        {
            baselines.Add(new SeasonalNaiveBaseline(rows));
        }

        baselines.Add(new DriftBaseline());
        baselines.Add(LinearBaseline.Fit(data));
        return baselines;
    }

    /// <summary>Rows in a season of the first target, detected on the training part; 1 when none stands out.</summary>
    /// <param name="data">The series.</param>
    public static int SeasonOf(PreparedSeries data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return SeasonDetector.Detect(data.Series[0][data.Split.Train.Start..data.Split.Train.End], data.Series.Step);
    }
}
