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

    /// <summary>The folder of the run once it was opened.</summary>
    public RunFolder? Folder { get; private set; }

    /// <summary>Makes the folder of the run, or opens it to go on, and says what a person should know before training starts.</summary>
    /// <param name="training">How it is trained.</param>
    /// <param name="output">Where to say it.</param>
    public RunFolder OpenFolder(TrainingConfig training, CommandOutput output)
    {
        Folder = Resume ? RunFolder.Open(Out) : RunFolder.Create(Out);
        if (Resume)
        {
            output.Message(Folder.LastCheckpoint is { } checkpoint ? $"going on from {checkpoint}" : $"no checkpoint in {Folder.Path} yet; starting at the beginning");
        }
        else if (Folder.Kept is { } kept)
        {
            output.Message($"a run was already there; it is kept in {kept}");
        }

        foreach (string note in TrainingKernels.Notes(TrainingKernels.Of(training.Precision)))
        {
            output.Message(note);
        }

        return Folder;
    }

    /// <summary>What a task says that needs data and got none.</summary>
    /// <param name="command">The command that was given.</param>
    public static UsageException NoData(string command) =>
        new($"--data is missing: this task needs a file or folder with the data{Environment.NewLine}See 'carousel {command} --help'.");
}
