namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Audio cannot be read as it is. The message says where, what was found, and what to do.</summary>
public sealed class AudioFileException : Exception
{
    /// <summary>Names the file and the reason.</summary>
    /// <param name="file">Name of the file, or of the stream it came from.</param>
    /// <param name="problem">What was found, what was expected, what to do.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public AudioFileException(string file, string problem, Exception? inner = null)
        : base($"{file}: {problem}", inner) => File = file;

    /// <summary>Name of the file, or of the stream it came from.</summary>
    public string File { get; }
}
