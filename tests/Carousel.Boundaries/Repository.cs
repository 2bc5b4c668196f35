using System.Text.RegularExpressions;

namespace Carousel.Boundaries;

/// <summary>The source tree that these tests were built from.</summary>
internal static partial class Repository
{
    /// <summary>The folder that holds Carousel.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Name of each project under src.</summary>
    public static string[] Projects { get; } = [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(folder => Path.GetFileName(folder)).Order()];

    /// <summary>The C# files under a folder, without what a build generates.</summary>
    public static IEnumerable<SourceFile> Sources(string folder)
    {
        string[] generated = [$"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", $"{Path.DirectorySeparatorChar}artifacts{Path.DirectorySeparatorChar}"];
        return Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(path => !generated.Any(path.Contains))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllLines(path)));
    }

    /// <summary>A project file's references of one kind, e.g. <c>PackageReference</c>; of projects the names.</summary>
    public static string[] References(string project, string kind)
    {
        string text = File.ReadAllText(Path.Combine(Root, "src", project, $"{project}.csproj"));
        return [.. Regex.Matches(text, $"<{kind}\\s+Include=\"([^\"]+)\"").Select(match => Path.GetFileNameWithoutExtension(match.Groups[1].Value.Replace('\\', '/'))).Order()];
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Carousel.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds Carousel.slnx");
    }

    /// <summary>One C# file.</summary>
    /// <param name="Path">Relative to the root, with forward slashes: src/Carousel.Runtime/Models/LstmConfig.cs.</param>
    /// <param name="Lines">Its lines.</param>
    public sealed partial record SourceFile(string Path, string[] Lines)
    {
        /// <summary>The project's name: Carousel.Runtime.</summary>
        public string Project => Path.Split('/')[1];

        /// <summary>The namespace that the folder stands for: Carousel.Runtime.Models.</summary>
        public string FolderNamespace => string.Join('.', Path.Split('/')[1..^1]);

        /// <summary>The namespace it declares, or null for a file of top-level statements.</summary>
        public string? Namespace => Lines.Select(line => NamespaceLine().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

        /// <summary>The namespaces it uses.</summary>
        public IEnumerable<string> Usings => Lines.Select(line => UsingLine().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value);

        [GeneratedRegex(@"^namespace\s+([\w.]+)")]
        private static partial Regex NamespaceLine();

        [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?([A-Za-z_][\w.]*)")]
        private static partial Regex UsingLine();
    }
}
