namespace Carousel.Cli.Tasks;

/// <summary>The tasks that the command line can train and measure.</summary>
internal static class TaskCatalog
{
    private static readonly ITask[] All = [new ForecastTaskCommands(), new LanguageModelTaskCommands(), new TranslationTaskCommands(), new TranscriptionTaskCommands(), new ClassificationTaskCommands(), new MemoryTaskCommands()];

    /// <summary>The names of all tasks.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(task => task.Name));

    /// <summary>The task of a name, or null.</summary>
    public static ITask? Find(string? name) => Array.Find(All, task => task.Name == name);
}
