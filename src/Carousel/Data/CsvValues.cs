using System.Globalization;

namespace Carousel.Data;

/// <summary>What counts as a number, a date, or no value in the text of a field. Nothing depends on the language of the machine.</summary>
internal static class CsvValues
{
    // The frequent ones first. A free parser would take the decimal comma of "1,5" for the fifth of January.
    private static readonly string[] DateFormats =
    [
        "yyyy-M-d H:mm:ss", "yyyy-M-d", "yyyy-M-d H:mm", "yyyy-M-d'T'H:mm:ss.FFFFFFFK", "yyyy-M-d'T'H:mmK", "yyyy-M-d H:mm:ss.FFFFFFFK", "yyyy-M",
        "yyyy/M/d H:mm:ss", "yyyy/M/d H:mm", "yyyy/M/d", "M/d/yyyy H:mm:ss", "M/d/yyyy H:mm", "M/d/yyyy", "d.M.yyyy H:mm:ss", "d.M.yyyy H:mm", "d.M.yyyy",
        "yyyyMMdd", "yyyy",
    ];

    private static readonly string[] MissingMarks = ["na", "n/a", "nan", "null", "none", "?", "-"];

    public static bool IsMissing(string text) =>
        string.IsNullOrWhiteSpace(text) || (text.Length <= 4 && MissingMarks.Contains(text, StringComparer.OrdinalIgnoreCase));

    public static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    /// <summary>
    /// A date with or without a time, as universal time; a time zone is honoured, none means universal time. Year first, month/day/year or
    /// day.month.year, each by its own separator; a plain number is a date only as 2026 or 20260131.
    /// </summary>
    public static bool TryDate(string text, out DateTime date) => DateTime.TryParseExact(
        text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces, out date);
}
