using System.Text.RegularExpressions;

namespace Carousel.Data;

/// <summary>
/// WAVE files in a folder and the folders below it. A recording's name is its path below the folder without the ending, with / between folders; patterns are regular
/// expressions that are looked for in it.
/// </summary>
public static class RecordingFolder
{
    // A name that takes longer than this to match is no name.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Every recording, in the order of the names.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="DataFileException">There is no such folder, or no WAVE file in it.</exception>
    public static IReadOnlyList<(string Name, string File)> Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (!Directory.Exists(path))
        {
            throw new DataFileException(folder, $"no such folder: {path}; recordings are WAVE files in a folder");
        }

        (string Name, string File)[] found =
        [
            .. Directory.EnumerateFiles(path, "*.wav", SearchOption.AllDirectories)
                .Select(file => (Name: Path.ChangeExtension(Path.GetRelativePath(path, file), null).Replace(Path.DirectorySeparatorChar, '/'), file))
                .OrderBy(recording => recording.Name, StringComparer.Ordinal),
        ];
        return found.Length > 0 ? found : throw new DataFileException(folder, "holds no WAVE file (.wav)");
    }

    /// <summary>A pattern ready for use; null for none.</summary>
    /// <param name="pattern">A regular expression.</param>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static Regex? Compile(string? pattern) => pattern is null ? null : new Regex(pattern, RegexOptions.CultureInvariant, Patience);

    /// <summary>What is wrong with a pattern, as one sentence; null when nothing is.</summary>
    /// <param name="name">What the pattern is called.</param>
    /// <param name="pattern">The pattern, or null for none.</param>
    /// <param name="groups">Groups it must have.</param>
    public static string? Problem(string name, string? pattern, params IReadOnlyList<string> groups)
    {
        try
        {
            string? missing = Compile(pattern) is { } compiled ? groups.FirstOrDefault(group => !compiled.GetGroupNames().Contains(group)) : null;
            return missing is null ? null : $"{name} is '{pattern}', expected a group named {missing}, e.g. (?<{missing}>[a-z]+)";
        }
        catch (ArgumentException e)
        {
            return $"{name} is '{pattern}', expected a regular expression: {e.Message}";
        }
    }
}
