using Carousel.Reports;

namespace Carousel.Tests.Reports;

/// <summary>A report with everything in it, from made-up numbers.</summary>
internal static class ExampleReport
{
    /// <summary>An hourly forecaster beside four baselines.</summary>
    public static TrainingReport Create()
    {
        Random random = new(7);
        double[] load = [.. Enumerable.Range(0, 1200).Select(t => 22 + (5 * Math.Sin(t * Math.Tau / 24)) + (3 * Math.Sin(t * Math.Tau / 168)) + random.NextDouble())];
        DateTime start = new(2018, 2, 20);
        return new TrainingReport
        {
            Run = "etth1-univariate-24",
            Task = "Forecast of OT, 24 hours ahead from 336",
            Description = "Oil temperature of an electricity transformer, one day ahead, by the Informer protocol.",
            Created = new DateTimeOffset(2026, 11, 20, 15, 30, 0, TimeSpan.Zero),
            Parameters = 18_968,
            Seconds = 141.7,
            BestStep = 1600,
            PrimaryMetric = "mse",
            History = [.. Enumerable.Range(1, 30).Select(i => new HistoryPoint(100 * i, (0.9 / i) + 0.028 + (0.002 * random.NextDouble()), (0.7 / i) + 0.031 + (0.0006 * Math.Pow(Math.Max(0, i - 16), 1.3)) + (0.002 * random.NextDouble()), 0.002 * Math.Pow(0.93, i)))],
            Metrics =
            [
                new MetricsTable("test", [new("mse"), new("mae"), new("mase"), new("coverage_80", true)],
                [
                    new("LSTM", true, [0.02583, 0.1234, 0.861, 0.79]),
                    new("linear window", false, [0.0265, 0.1251, 0.873, double.NaN]),
                    new("naive", false, [0.0349, 0.1411, 0.985, double.NaN]),
                    new("seasonal naive", false, [0.0466, 0.1672, 1.167, double.NaN]),
                    new("drift", false, [0.0352, 0.1419, 0.991, double.NaN]),
                ]),
                new MetricsTable("validation", [new("mse"), new("mae")], [new("LSTM", true, [0.0312, 0.132]), new("linear window", false, [0.0309, 0.1331])]),
            ],
            Forecasts =
            [
                .. Enumerable.Range(0, 4).Select(i => Panel(load, start, 96 + (i * 200), random)),
                new ForecastPanel
                {
                    Title = "The last 30 days of the test part, each hour forecast 24 hours ahead",
                    Target = "OT",
                    Unit = "°C",
                    Truth = load[^720..],
                    Prediction = [.. load[^720..].Select(value => value + random.NextDouble() - 0.5)],
                    Times = [.. Enumerable.Range(0, 720).Select(i => start.AddHours(480 + i))],
                    Wide = true,
                },
            ],
            HorizonMetric = "MSE",
            HorizonErrors =
            [
                new("LSTM", true, [.. Enumerable.Range(1, 24).Select(h => 0.008 + (0.0012 * h))]),
                new("linear window", false, [.. Enumerable.Range(1, 24).Select(h => 0.009 + (0.00123 * h))]),
                new("naive", false, [.. Enumerable.Range(1, 24).Select(h => 0.009 + (0.004 * Math.Sin(h * Math.PI / 24)) + (0.0014 * h))]),
                new("seasonal naive", false, [.. Enumerable.Range(1, 24).Select(static _ => 0.0466)]),
            ],
            Notes = ["Column 'HUFL' is constant in the training part and was left out.", "3 missing values were interpolated."],
            Facts =
            [
                new("Settings", [new("window", "336"), new("horizon", "24"), new("network", "LSTM 24 → 64, linear 64 → 24"), new("optimizer", "AdamW, learning rate 0.002, weight decay 0.01"), new("seed", "1")]),
                new("Data", [new("file", "ETTh1.csv"), new("rows", "17,420"), new("training part", "2016-07-01 … 2017-06-25 (8,640 rows)")]),
                new("Machine", [new("processor", "AMD EPYC"), new("threads", "2"), new("kernels", "avx512")]),
            ],
        };
    }

    private static ForecastPanel Panel(double[] load, DateTime start, int origin, Random random)
    {
        double[] prediction = [.. load[origin..(origin + 24)].Select(value => value + random.NextDouble() - 0.5)];
        return new ForecastPanel
        {
            Title = $"From {start.AddHours(origin):yyyy-MM-dd HH:mm} on",
            Target = "OT",
            Unit = "°C",
            History = load[(origin - 72)..origin],
            Truth = load[origin..(origin + 24)],
            Prediction = prediction,
            Lower = [.. prediction.Select((value, h) => value - 0.6 - (0.05 * h))],
            Upper = [.. prediction.Select((value, h) => value + 0.6 + (0.05 * h))],
            BandName = "80 % band",
            Times = [.. Enumerable.Range(origin - 72, 96).Select(hour => start.AddHours(hour))],
        };
    }
}
