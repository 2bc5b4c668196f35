using System.Globalization;
using System.Text;

namespace Carousel.Runtime.Inputs.Unicode;

/// <summary>
/// Unicode normalisation by tables of its own: what .NET offers depends on a native library, leaves texts as they are when a process runs without it, and may differ between
/// machines, while a model must read the same everywhere.
/// </summary>
public sealed class TextNormalizer
{
    private const int FirstSyllable = 0xAC00, FirstLead = 0x1100, FirstVowel = 0x1161, NoTrail = 0x11A7, Leads = 19, Vowels = 21, Trails = 28, Syllables = Leads * Vowels * Trails;

    private static readonly Lazy<TextNormalizer> Tables = new(static () => new TextNormalizer());

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [], _compatible = [];
    private readonly Dictionary<(int First, int Second), int> _composites = [];

    private TextNormalizer()
    {
        using Stream stream = typeof(TextNormalizer).Assembly.GetManifestResourceStream("normalization.txt")!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            Read(line);
        }
    }

    /// <summary>The text in the given form. Half of a surrogate pair becomes U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="form">The form; <see cref="Normalization.None"/> gives the text itself.</param>
    public static string Apply(string text, Normalization form) =>
        form == Normalization.None || Ascii.IsValid(text) ? text : Tables.Value.Normalize(text, form == Normalization.Nfkc);

    private string Normalize(string text, bool isCompatible)
    {
        var codes = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, isCompatible, codes);
        }

        Order(codes);
        Compose(codes);
        var result = new StringBuilder(codes.Count);
        foreach (int code in codes)
        {
            result.Append(new Rune(code).ToString());
        }

        return result.ToString();
    }

    private void Decompose(int code, bool isCompatible, List<int> codes)
    {
        int syllable = code - FirstSyllable;
        if (syllable is >= 0 and < Syllables)
        {
            codes.AddRange([FirstLead + (syllable / (Vowels * Trails)), FirstVowel + (syllable / Trails % Vowels)]);
            if (syllable % Trails != 0)
            {
                codes.Add(NoTrail + (syllable % Trails));
            }
        }
        else if ((isCompatible && _compatible.TryGetValue(code, out int[]? parts)) || _canonical.TryGetValue(code, out parts))
        {
            codes.AddRange(parts);
        }
        else
        {
            codes.Add(code);
        }
    }

    // Marks after one letter by their class, equal ones as they came. A run of marks is short in any language; a long one is sorted no slower than n log n.
    private void Order(List<int> codes)
    {
        for (int start = 0; start < codes.Count; start++)
        {
            int end = start;
            while (end < codes.Count && Class(codes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] ordered = [.. codes.GetRange(start, end - start).OrderBy(Class)];
                for (int i = 0; i < ordered.Length; i++)
                {
                    codes[start + i] = ordered[i];
                }
            }

            start = end;
        }
    }

    // Each character joins the last starter unless one between them blocks it: another starter, or a mark of the same or a higher class.
    private void Compose(List<int> codes)
    {
        int starter = -1, kept = 0, last = 0;
        for (int at = 0; at < codes.Count; at++)
        {
            int code = codes[at], kind = Class(code);
            bool isBlocked = starter < 0 || (kept > starter + 1 && last >= kind);
            if (!isBlocked && Composite(codes[starter], code) is { } composite)
            {
                codes[starter] = composite;
                continue;
            }

            (starter, last) = (kind == 0 ? kept : starter, kind);
            codes[kept++] = code;
        }

        codes.RemoveRange(kept, codes.Count - kept);
    }

    private int? Composite(int first, int second)
    {
        int lead = first - FirstLead, vowel = second - FirstVowel, syllable = first - FirstSyllable, trail = second - NoTrail;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            return FirstSyllable + (((lead * Vowels) + vowel) * Trails);
        }

        if (syllable is >= 0 and < Syllables && syllable % Trails == 0 && trail is > 0 and < Trails)
        {
            return first + trail;
        }

        return _composites.TryGetValue((first, second), out int composite) ? composite : null;
    }

    private int Class(int code) => _classes.GetValueOrDefault(code);

    // The lines are described in make_tables.py, which writes them.
    private void Read(string line)
    {
        int[] numbers = line[0] == 'V' ? [] : [.. line[2..].Split(' ').Select(static number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        switch (line[0])
        {
            case 'C':
                for (int code = numbers[1]; code <= numbers[2]; code++)
                {
                    _classes[code] = (byte)numbers[0];
                }

                break;
            case 'D':
                _canonical[numbers[0]] = numbers[1..];
                break;
            case 'K':
                _compatible[numbers[0]] = numbers[1..];
                break;
            case 'P':
                _composites[(numbers[0], numbers[1])] = numbers[2];
                break;
        }
    }
}
