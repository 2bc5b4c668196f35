using Carousel.Cli.Output;
using Carousel.Training;

namespace Carousel.Cli.Tasks;

/// <summary>What <c>train</c> was asked for.</summary>
/// <param name="Recipe">The recipe as JSON, with the options of the command line applied.</param>
/// <param name="Source">Where the recipe comes from, for messages.</param>
/// <param name="DataPath">File or folder with the data; null when none was given.</param>
/// <param name="Out">Folder of the run.</param>
/// <param name="Resume">True to go on from the folder's checkpoint.</param>
/// <param name="Threads">Threads to use.</param>
internal sealed record TrainingOrder(string Recipe, string Source, string? DataPath, string Out, bool Resume, int Threads)
{
    /// <summary>File or folder with the data.</summary>
    /// <exception cref="UsageException">None was given.</exception>
    public string Data => DataPath ?? throw NoData("train");

    /// <summary>The folder of the run once it is open.</summary>
    public RunFolder? Folder { get; private set; }

    /// <summary>Makes the folder of the run, or opens it to go on.</summary>
    public RunFolder OpenFolder(CommandOutput output)
    {
        if (Resume)
        {
            RunFolder existing = RunFolder.Open(Out);
            output.Message(File.Exists(existing.Checkpoint) ? $"going on from {existing.Checkpoint}" : $"no checkpoint in {existing.Path} yet; starting at the beginning");
            return Folder = existing;
        }

        (RunFolder folder, string? kept) = RunFolder.Create(Out);
        if (kept is not null)
        {
            output.Message($"a run was already there; it is kept in {kept}");
        }

        return Folder = folder;
    }

    /// <summary>What a task says that needs data and got none.</summary>
    /// <param name="command">The command that was given.</param>
    public static UsageException NoData(string command) =>
        new($"--data is missing: this task needs a file or folder with the data{Environment.NewLine}See 'carousel {command} --help'.");
}
