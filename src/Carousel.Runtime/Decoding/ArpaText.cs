using System.Globalization;
using System.Text;
using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// The text in which n-gram models are exchanged (Doug Paul's ARPA format, as SRILM and KenLM write it): counts, then for each order lines of log₁₀ p, the n-gram, log₁₀ b.
/// </summary>
public static class ArpaText
{
    private const double Ln10 = 2.302585092994046;
    private const int LongestOrder = 16;

    // What a space is written as in a model of characters, whose n-grams spaces separate.
    private const string Space = "␣";

    /// <summary>Writes a model.</summary>
    /// <param name="model">The model.</param>
    public static string Write(NGramModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        ILookup<int, NGramEntry> orders = model.Entries.ToLookup(entry => entry.Tokens.Count);
        var text = new StringBuilder(model.Unit == TextUnit.Character ? "characters\n\n\\data\\\n" : "words\n\n\\data\\\n");
        for (int order = 1; order <= model.Order; order++)
        {
            text.Append(CultureInfo.InvariantCulture, $"ngram {order}={orders[order].Count()}\n");
        }

        for (int order = 1; order <= model.Order; order++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\\{order}-grams:\n");
            foreach (NGramEntry entry in orders[order])
            {
                text.Append((entry.LogProbability / Ln10).ToString("G7", CultureInfo.InvariantCulture)).Append('\t').AppendJoin(' ', entry.Tokens.Select(static token => token == " " ? Space : token));
                if (entry.LogBackOff != 0)
                {
                    text.Append('\t').Append((entry.LogBackOff / Ln10).ToString("G7", CultureInfo.InvariantCulture));
                }

                text.Append('\n');
            }
        }

        return text.Append("\n\\end\\\n").ToString();
    }

    /// <summary>Reads a model. Text before <c>\data\</c> is a comment, except a first line <c>characters</c>, which <see cref="Write"/> puts there for a model of characters.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">The text is no such model; the message says in which line.</exception>
    public static NGramModel Read(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int at = Array.FindIndex(lines, static line => line.TrimEnd() == "\\data\\") + 1;
        if (at == 0)
        {
            throw new InvalidDataException($"{name} is no ARPA language model: there is no line '\\data\\'");
        }

        TextUnit unit = lines[0].TrimEnd() == "characters" ? TextUnit.Character : TextUnit.Word;
        var counts = new List<int>();
        for (; at < lines.Length && !lines[at].StartsWith('\\'); at++)
        {
            if (lines[at].Length > 0)
            {
                counts.Add(lines[at].StartsWith(string.Create(CultureInfo.InvariantCulture, $"ngram {counts.Count + 1}="), StringComparison.Ordinal)
                    && int.TryParse(lines[at].AsSpan(lines[at].IndexOf('=', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                    ? count : throw Wrong(name, at, lines[at], $"'ngram {counts.Count + 1}=' and a number"));
            }
        }

        if (counts.Count is 0 or > LongestOrder)
        {
            throw new InvalidDataException($"{name} has n-grams of {counts.Count} orders, expected 1 … {LongestOrder}");
        }

        var entries = new List<NGramEntry>();
        for (int order = 1; order <= counts.Count; order++)
        {
            string heading = string.Create(CultureInfo.InvariantCulture, $"\\{order}-grams:");
            if (at >= lines.Length || lines[at].TrimEnd() != heading)
            {
                throw Wrong(name, at, at < lines.Length ? lines[at] : "the end", $"'{heading}'");
            }

            int before = entries.Count;
            for (at++; at < lines.Length && !lines[at].StartsWith('\\'); at++)
            {
                if (lines[at].Length > 0)
                {
                    entries.Add(Entry(lines[at], order, name, at));
                }
            }

            if (entries.Count - before != counts[order - 1])
            {
                throw new InvalidDataException($"{name} has {entries.Count - before} n-grams of order {order}, but says that there are {counts[order - 1]}");
            }
        }

        if (at >= lines.Length || lines[at].TrimEnd() != "\\end\\")
        {
            throw new InvalidDataException($"{name} breaks off: there is no line '\\end\\'");
        }

        try
        {
            return new NGramModel(unit, counts.Count, entries);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
    }

    private static NGramEntry Entry(string line, int order, string name, int at)
    {
        string[] parts = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        float backOff = 0;
        return (parts.Length == order + 1 || (parts.Length == order + 2 && Number(parts[^1], out backOff))) && Number(parts[0], out float probability)
            ? new NGramEntry([.. parts[1..(order + 1)].Select(static token => token == Space ? " " : token)], (float)(probability * Ln10), (float)(backOff * Ln10))
            : throw Wrong(name, at, line, $"log₁₀ p, {order} tokens and perhaps log₁₀ b");
    }

    private static bool Number(string text, out float value) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);

    private static InvalidDataException Wrong(string name, int at, string found, string expected) =>
        new($"{name}, line {at + 1} is '{(found.Length > 60 ? found[..60] + "…" : found)}', expected {expected}");
}
