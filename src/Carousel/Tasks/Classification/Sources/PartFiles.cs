using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>The files (or folders) of each part of a data set. A part without any is held out of the training part.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Valid">To choose by.</param>
/// <param name="Test">To report.</param>
internal sealed record PartFiles(IReadOnlyList<string> Train, IReadOnlyList<string> Valid, IReadOnlyList<string> Test)
{
    /// <summary>Those a source names, else those whose names hold <c>train</c>, <c>valid</c> or <c>dev</c>, and <c>test</c>; a single file of another name is all training part.</summary>
    /// <param name="path">A file, or the folder that holds the files.</param>
    /// <param name="source">Names files below the folder.</param>
    /// <param name="endings">Of the files looked for, such as <c>.csv</c>.</param>
    /// <exception cref="DataFileException">There are no such files.</exception>
    public static PartFiles Find(string path, SequenceSource source, params IReadOnlyList<string> endings)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? ByName([path], other: true) : throw new DataFileException(Path.GetFileName(path), $"no such file or folder: {path}");
        }

        if (source.TrainFiles.Count + source.ValidFiles.Count + source.TestFiles.Count > 0)
        {
            return new PartFiles(Named(source.TrainFiles), Named(source.ValidFiles), Named(source.TestFiles));
        }

        string[] files = [.. Directory.EnumerateFiles(path).Where(file => endings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)];
        PartFiles found = ByName(files, other: files.Length == 1);
        return found.Train.Count + found.Valid.Count + found.Test.Count > 0
            ? found
            : throw new DataFileException(FolderName(path), $"holds no file ending in {string.Join(", ", endings)} whose name has 'train' or 'test' in it");

        string[] Named(IReadOnlyList<string> names) => [.. names.Select(name => Below(path, name))];
    }

    /// <summary>A file below a folder.</summary>
    /// <exception cref="DataFileException">There is no such file, or its name leads out of the folder.</exception>
    public static string Below(string folder, string name, string? because = null, long? line = null)
    {
        string root = Path.GetFullPath(folder), file = Path.GetFullPath(Path.Combine(root, name));
        return file.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(file)
            ? file
            : throw new DataFileException(because ?? FolderName(folder), $"there is no file '{name}' in this folder", line);
    }

    /// <summary>The part that a name speaks of; null when it speaks of none.</summary>
    public static string? PartOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        bool Has(string word) => name.Contains(word, StringComparison.OrdinalIgnoreCase);
        return Has("train") ? "train" : Has("valid") || Has("dev") ? "valid" : Has("test") ? "test" : null;
    }

    /// <summary>The last name of a folder's path.</summary>
    public static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static PartFiles ByName(string[] files, bool other) => new(
        [.. files.Where(file => PartOf(file) == "train" || (other && PartOf(file) is null))],
        [.. files.Where(file => PartOf(file) == "valid")],
        [.. files.Where(file => PartOf(file) == "test")]);
}
