using System.Text;
using System.Text.Json;
using Carousel.Runtime.Models;

namespace Carousel.Training;

/// <summary>
/// The folder of one run: <c>model.safetensors</c> (best weights, deployable), <c>checkpoint.safetensors</c> (everything needed to go on),
/// <c>history.jsonl</c> (a line per evaluation), <c>recipe.json</c> (as resolved), <c>report.html</c>. Every file is replaced as a whole or not at all.
/// </summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Best weights, deployable.</summary>
    public string Model => System.IO.Path.Combine(Path, "model.safetensors");

    /// <summary>Everything needed to go on.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>A line of JSON per evaluation.</summary>
    public string History => System.IO.Path.Combine(Path, "history.jsonl");

    /// <summary>The recipe with every default filled in.</summary>
    public string Recipe => System.IO.Path.Combine(Path, "recipe.json");

    /// <summary>The page for people.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    private bool HoldsRun => File.Exists(Recipe) || File.Exists(Checkpoint) || File.Exists(Model);

    /// <summary>Makes the folder for a new run. A run that is already there is kept beside it as <c>NAME.previous</c>, replacing the run kept there before.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The folder, and where the earlier run went, or null.</returns>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static (RunFolder Folder, string? Kept) Create(string path)
    {
        var folder = new RunFolder(System.IO.Path.GetFullPath(path));
        string? kept = null;
        if (folder.HoldsRun)
        {
            var previous = new RunFolder(folder.Path.TrimEnd(System.IO.Path.DirectorySeparatorChar) + ".previous");
            kept = previous.Path;
            if (Directory.Exists(kept))
            {
                if (!previous.HoldsRun)
                {
                    throw new IOException($"{folder.Path} holds a run that would be kept as {kept}, but that is a folder of something else; move one of them, or choose another folder");
                }

                Directory.Delete(kept, recursive: true);
            }

            Directory.Move(folder.Path, kept);
        }

        folder.Make();
        return (folder, kept);
    }

    /// <summary>Opens the folder of a run to go on with; makes it when it is not there yet. Removes what a killed process left half-written.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(System.IO.Path.GetFullPath(path));
        folder.Make();
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
