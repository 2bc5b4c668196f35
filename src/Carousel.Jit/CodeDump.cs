namespace Carousel.Jit;

/// <summary>Emitted kernels as files, for a disassembler.</summary>
internal static class CodeDump
{
    /// <summary>Writes each kernel as NAME.bin.</summary>
    /// <param name="folder">Made when it is missing; null or empty writes nothing.</param>
    /// <param name="routines">Names and machine code.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Write(string? folder, IEnumerable<(string Name, byte[] Code)> routines)
    {
        if (string.IsNullOrEmpty(folder))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        foreach ((string name, byte[] code) in routines)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{name}.bin"), code);
        }
    }
}
