using System.Text.RegularExpressions;

namespace Carousel.Metrics;

/// <summary>
/// The "13a" tokenisation of mteval-v13a.pl, which makes BLEU figures comparable (Post, 2018): punctuation is set apart, except the
/// apostrophe and the hyphen between letters, and the point and comma inside a number.
/// </summary>
public static partial class BleuTokenizer
{
    /// <summary>Splits a text into tokens.</summary>
    /// <param name="text">Plain text; the entities &amp;quot; &amp;amp; &amp;lt; &amp;gt; are read as their characters.</param>
    /// <param name="lowercase">True to lower the case first.</param>
    public static string[] Split(string text, bool lowercase = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        string line = (lowercase ? text.ToLowerInvariant() : text).TrimEnd()
            .Replace("<skipped>", "", StringComparison.Ordinal)
            .Replace("-\n", "", StringComparison.Ordinal)
            .Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal)
            .Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal)
            .Replace("&gt;", ">", StringComparison.Ordinal);
        line = Punctuation().Replace($" {line} ", " $1 ");
        line = PointAfterNonDigit().Replace(line, "$1 $2 ");
        line = PointBeforeNonDigit().Replace(line, " $1 $2");
        line = DashAfterDigit().Replace(line, "$1 $2 ");
        return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"([\{-~\[-` -&\(-\+:-@/])")]
    private static partial Regex Punctuation();

    [GeneratedRegex("([^0-9])([.,])")]
    private static partial Regex PointAfterNonDigit();

    [GeneratedRegex("([.,])([^0-9])")]
    private static partial Regex PointBeforeNonDigit();

    [GeneratedRegex("([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
