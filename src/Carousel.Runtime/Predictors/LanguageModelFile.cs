using System.Text;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>Reads a language model for a search, whichever kind the file holds.</summary>
public static class LanguageModelFile
{
    /// <summary>Reads a file: a Carousel language model (safetensors), or n-grams as ARPA text.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="compile">How to prepare the network of a Carousel model; null for the defaults.</param>
    /// <returns>An <see cref="NGramModel"/> or a <see cref="RecurrentLanguageModel"/>, which is to be disposed.</returns>
    /// <exception cref="ModelFileException">The file is missing, damaged or neither of the two.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static ILanguageModel Load(string path, CompileOptions? compile = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
        {
            throw new ModelFileException(path, "no such file");
        }

        if (IsSafetensors(path))
        {
            return RecurrentLanguageModel.Load(path, compile);
        }

        try
        {
            return ArpaText.Read(File.ReadAllText(path, Encoding.UTF8), "it");
        }
        catch (InvalidDataException e)
        {
            throw new ModelFileException(path, $"is no language model: it is no Carousel model (safetensors), and as ARPA text {e.Message}", null, e);
        }
    }

    // The length of the header in eight bytes, then the header, which is a JSON object.
    private static bool IsSafetensors(string path)
    {
        Span<byte> opening = stackalloc byte[9];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(opening, opening.Length, throwOnEndOfStream: false) == opening.Length && opening[8] == '{' && opening[7] == 0;
    }
}
