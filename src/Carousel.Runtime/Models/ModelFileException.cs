namespace Carousel.Runtime.Models;

/// <summary>A model file cannot be used: it is missing, damaged, of another kind, or does not hold what its architecture needs.</summary>
public sealed class ModelFileException : Exception
{
    /// <summary>Names the file, the tensor if it is about one, and the reason.</summary>
    /// <param name="path">Path of the file, or the name of the stream it came from.</param>
    /// <param name="reason">What was found, what was expected, what to do.</param>
    /// <param name="tensor">Name of the tensor, or null.</param>
    /// <param name="inner">The cause, or null.</param>
    public ModelFileException(string path, string reason, string? tensor = null, Exception? inner = null)
        : base(tensor is null ? $"{path}: {reason}" : $"{path}, tensor '{tensor}': {reason}", inner)
    {
        Path = path;
        Reason = reason;
        Tensor = tensor;
    }

    /// <summary>Path of the file, or the name of the stream it came from.</summary>
    public string Path { get; }

    /// <summary>What was found, what was expected, what to do.</summary>
    public string Reason { get; }

    /// <summary>Name of the tensor it is about, or null.</summary>
    public string? Tensor { get; }
}
