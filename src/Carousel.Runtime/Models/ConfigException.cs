namespace Carousel.Runtime.Models;

/// <summary>A configuration written by a person or found in a file is not sound. Lists every problem at once.</summary>
public sealed class ConfigException : Exception
{
    /// <summary>Names the source and its problems.</summary>
    /// <param name="source">Where the text came from: a path, or what it describes.</param>
    /// <param name="problems">One sentence each, at least one.</param>
    public ConfigException(string source, IReadOnlyList<string> problems)
        : base(problems.Count == 1 ? $"{source}: {problems[0]}" : $"{source} has {problems.Count} problems:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", problems)}")
    {
        Problems = problems;
    }

    /// <summary>One sentence for each problem: where, what was found, what was expected.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Does nothing when there are no problems.</summary>
    /// <exception cref="ConfigException">There are some.</exception>
    public static void ThrowIfAny(string source, IEnumerable<string> problems)
    {
        string[] found = [.. problems];
        if (found.Length > 0)
        {
            throw new ConfigException(source, found);
        }
    }
}
