using System.Text;
using System.Text.Json;
using Carousel.Runtime.Models;

namespace Carousel.Training;

/// <summary>
/// The folder of one run: <c>model.safetensors</c> (best weights, deployable), <c>checkpoint.safetensors</c> (everything needed to go on),
/// <c>history.jsonl</c> (a line per evaluation), <c>recipe.json</c> (as resolved), <c>report.html</c>. Every file is replaced as a whole or not at all.
/// </summary>
/// <remarks>One run at a time: the folder is locked until it is disposed or the process ends, in whatever way.</remarks>
public sealed class RunFolder : IDisposable
{
    // A folder that holds one of these holds a run.
    private const string ModelName = "model.safetensors", CheckpointName = "checkpoint.safetensors", RecipeName = "recipe.json";

    private readonly FileStream _lock;

    private RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Make();
        _lock = Lock();
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Where the run went that was here before this one was created; null when there was none.</summary>
    public string? Kept { get; private set; }

    /// <summary>Best weights, deployable.</summary>
    public string Model => System.IO.Path.Combine(Path, ModelName);

    /// <summary>Everything needed to go on.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, CheckpointName);

    /// <summary>The checkpoint that was written last: of this run, or of a stage that has a folder of its own within this one. Null when there is none yet.</summary>
    public string? LastCheckpoint => !HoldsRun(Path) ? null : Directory.EnumerateFiles(Path, CheckpointName, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).MaxBy(File.GetLastWriteTimeUtc);

    /// <summary>A line of JSON per evaluation.</summary>
    public string History => System.IO.Path.Combine(Path, "history.jsonl");

    /// <summary>The recipe with every default filled in.</summary>
    public string Recipe => System.IO.Path.Combine(Path, RecipeName);

    /// <summary>The page for people.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>Makes the folder for a new run. A run that is already there is kept beside it as <c>NAME.previous</c>, replacing the run kept there before.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">The folder cannot be made or written, or another run is being written there.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(path);
        try
        {
            folder.KeepEarlierRun();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Opens the folder of a run to go on with; makes it when it is not there yet. Removes what a killed process left half-written.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">The folder cannot be made or written, or another run is being written there.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        foreach (string file in new[] { folder.Model, folder.Checkpoint, folder.History, folder.Recipe, folder.Report })
        {
            foreach (string unfinished in Directory.EnumerateFiles(folder.Path, $".{System.IO.Path.GetFileName(file)}.*.tmp"))
            {
                File.Delete(unfinished);
            }
        }

        return folder;
    }

    /// <summary>Replaces the history.</summary>
    public void WriteHistory(IReadOnlyList<HistoryEntry> entries)
    {
        var text = new StringBuilder();
        foreach (HistoryEntry entry in entries)
        {
            text.Append(JsonSerializer.Serialize(entry, TrainingJson.Default.HistoryEntry)).Append('\n');
        }

        AtomicFile.WriteText(History, text.ToString());
    }

    /// <summary>Replaces the recipe.</summary>
    public void WriteRecipe(string json) => AtomicFile.WriteText(Recipe, json);

    /// <summary>Replaces the report.</summary>
    public void WriteReport(string html) => AtomicFile.WriteText(Report, html);

    /// <summary>Gives the folder free for another run.</summary>
    public void Dispose() => _lock.Dispose();

    private static bool HoldsRun(string path) =>
        File.Exists(System.IO.Path.Combine(path, RecipeName)) || File.Exists(System.IO.Path.Combine(path, CheckpointName)) || File.Exists(System.IO.Path.Combine(path, ModelName));

    // File by file: the folder itself stays, and with it the lock.
    private void KeepEarlierRun()
    {
        if (!HoldsRun(Path))
        {
            return;
        }

        string kept = Path.TrimEnd(System.IO.Path.DirectorySeparatorChar) + ".previous";
        if (Directory.Exists(kept))
        {
            if (!HoldsRun(kept))
            {
                throw new IOException($"{Path} holds a run that would be kept as {kept}, but that is a folder of something else; move one of them, or choose another folder");
            }

            Directory.Delete(kept, recursive: true);
        }

        Directory.CreateDirectory(kept);
        foreach (string entry in Directory.GetFileSystemEntries(Path).Where(entry => entry != _lock.Name))
        {
            Directory.Move(entry, System.IO.Path.Combine(kept, System.IO.Path.GetFileName(entry)));
        }

        Kept = kept;
    }

    // The system lets go of the file when its process ends, however that comes about; a file that a killed process left does not hinder the next run.
    private FileStream Lock()
    {
        string path = System.IO.Path.Combine(Path, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{Path}: another run is being written in this folder; wait until it has ended or stop it, or choose another folder", e);
        }
    }

    private void Make()
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string? inTheWay = Path;
            while (inTheWay is not null && !File.Exists(inTheWay))
            {
                inTheWay = System.IO.Path.GetDirectoryName(inTheWay);
            }

            string reason = inTheWay is not null ? $"{inTheWay} is a file, not a folder" : e.Message.TrimEnd('.');
            throw new IOException($"{Path}: the folder of the run cannot be made: {reason}; choose a place where you may write", e);
        }
    }
}
