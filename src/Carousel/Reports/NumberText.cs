using System.Globalization;

namespace Carousel.Reports;

/// <summary>Numbers as people read them, whatever the culture of the process.</summary>
internal static class NumberText
{
    /// <summary>What stands for a number that is not one.</summary>
    public const string None = "–";

    /// <summary>Four significant digits: <c>0.02583</c>, <c>17.34</c>, <c>12,340</c>, <c>3.1e-07</c>.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
        {
            return None;
        }

        double size = Math.Abs(value);
        if (size == 0)
        {
            return "0";
        }

        int exponent = (int)Math.Floor(Math.Log10(size));
        return exponent switch
        {
            < -4 or > 8 => value.ToString("0.##e-00", CultureInfo.InvariantCulture),
            > 3 => value.ToString("#,0", CultureInfo.InvariantCulture),
            _ => value.ToString($"F{Math.Max(0, 3 - exponent)}", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A count with separators: <c>12,345</c>.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A change, with its sign: <c>−12.3 %</c>.</summary>
    public static string Percent(double fraction) =>
        double.IsFinite(fraction) ? string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.0} %") : None;

    /// <summary>A length of time: <c>8.2 s</c>, <c>3 min 20 s</c>, <c>2 h 05 min</c>.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0 || seconds > TimeSpan.MaxValue.TotalSeconds)
        {
            return None;
        }

        var time = TimeSpan.FromSeconds(seconds);
        return seconds < 9.95 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
            : seconds < 59.5 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
            : time.TotalHours < 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min");
    }

    /// <summary>A name that fits: the beginning and an ellipsis when it is longer.</summary>
    public static string Shorten(string name, int length) => name.Length <= length ? name : $"{name.AsSpan(0, length - 1)}…";

    /// <summary>A metric's name as the literature writes it: <c>MSE</c>, <c>sMAPE</c>, <c>macro F1</c>.</summary>
    public static string Metric(string name) => name switch
    {
        "mse" or "rmse" or "mae" or "mape" or "mase" or "owa" or "crps" or "bleu" or "wer" or "cer" or "nll" => name.ToUpperInvariant(),
        "smape" => "sMAPE",
        "chrf" => "chrF",
        "macro_f1" => "macro F1",
        "micro_f1" => "micro F1",
        "f1" => "F1",
        _ => name.Replace('_', ' '),
    };
}
