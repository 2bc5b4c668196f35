using System.Globalization;
using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>A text in three parts, and how the training part was cut into tokens.</summary>
/// <param name="Name">The file or folder, for people.</param>
/// <param name="Train">To learn from.</param>
/// <param name="Valid">To choose by.</param>
/// <param name="Test">To report.</param>
public sealed record TextCorpus(string Name, TextFile Train, TextFile Valid, TextFile Test)
{
    /// <summary>
    /// Reads a folder with one file for each part, whose names hold <c>train</c>, <c>valid</c> (or <c>dev</c>) and <c>test</c> (<c>ptb.train.txt</c>), or one file, cut by lines.
    /// </summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="config">Shares of a single file.</param>
    /// <exception cref="DataFileException">A part is missing, ambiguous, empty or not UTF-8.</exception>
    public static TextCorpus Read(string path, TextConfig config)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(config);
        if (Directory.Exists(path))
        {
            string[] files = [.. Directory.EnumerateFiles(path, "*.txt").Order(StringComparer.Ordinal)];
            return new TextCorpus(path, Part(path, files, "train"), Part(path, files, "valid", "dev"), Part(path, files, "test"));
        }

        TextFile whole = TextFile.Read(path);
        int train = LinesOf(whole, config.TrainShare), valid = LinesOf(whole, config.TrainShare + config.ValidShare) - train;
        if (train < 1 || valid < 1 || train + valid == whole.Lines.Count)
        {
            throw new DataFileException(whole.Name, string.Create(CultureInfo.InvariantCulture,
                $"{whole.Lines.Count} lines cannot be cut into shares of {config.TrainShare} and {config.ValidShare}; give a longer text, or a folder with one file for each part"));
        }

        TextFile Cut(int start, int count) => new(whole.Name, [.. whole.Lines.Skip(start).Take(count)], start + 1);
        return new TextCorpus(path, Cut(0, train), Cut(train, valid), Cut(train + valid, whole.Lines.Count - train - valid));
    }

    /// <summary>The ids of a text, each line followed by its end.</summary>
    /// <param name="text">Any part.</param>
    /// <param name="tokenizer">Made from the training part.</param>
    /// <exception cref="DataFileException">Something has no token and there is no &lt;unk&gt; to stand for it.</exception>
    public static int[] Encode(TextFile text, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var ids = new List<int>();
        for (int line = 0; line < text.Lines.Count; line++)
        {
            try
            {
                tokenizer.Encode(text.Lines[line], ids);
            }
            catch (UnknownTokenException e)
            {
                throw new DataFileException(text.Name, $"{e.Message}; set text.minimum_count to 2, so that rare characters share one", text.FirstLine + line, inner: e);
            }

            ids.Add(tokenizer.LineEnd);
        }

        return [.. ids];
    }

    // Lines from the start that hold a share of the characters, line ends counted.
    private static int LinesOf(TextFile text, double share)
    {
        long all = text.Lines.Sum(line => line.Length + 1L), wanted = (long)(all * share);
        int lines = 0;
        for (long held = 0; lines < text.Lines.Count && held + text.Lines[lines].Length + 1 <= wanted; lines++)
        {
            held += text.Lines[lines].Length + 1;
        }

        return lines;
    }

    private static TextFile Part(string folder, string[] files, params string[] names)
    {
        string[] found = [.. files.Where(file => names.Any(name => Path.GetFileName(file).Contains(name, StringComparison.OrdinalIgnoreCase)))];
        return found.Length == 1
            ? TextFile.Read(found[0])
            : throw new DataFileException(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), found.Length == 0
                ? $"holds no text file whose name has '{string.Join("' or '", names)}' in it; expected three files such as ptb.train.txt, ptb.valid.txt, ptb.test.txt"
                : $"holds several files for the part '{names[0]}': {string.Join(", ", found.Select(Path.GetFileName))}; leave one of them");
    }
}
