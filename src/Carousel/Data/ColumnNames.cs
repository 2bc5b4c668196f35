using Carousel.Runtime.Models;

namespace Carousel.Data;

/// <summary>The header of a file, and what to say about a name that is not in it.</summary>
internal sealed class ColumnNames(string file, IReadOnlyList<string> names)
{
    /// <summary>Position of a column.</summary>
    /// <exception cref="DataFileException">There is none of this name; the message suggests the nearest, and lists all.</exception>
    public int IndexOf(string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new DataFileException(file, $"no column '{name}'{NearestName.Hint(name, names)}; columns: {string.Join(", ", names)}");
    }
}
