using Spectre.Console;
using Spectre.Console.Rendering;

namespace Carousel.Cli.Output;

/// <summary>The column of a progress bar that shows the estimate which the work itself makes of the time left.</summary>
internal sealed class TimeLeftColumn : ProgressColumn
{
    /// <summary>Under this name the task's state holds the estimate.</summary>
    public const string Key = "time_left";

    /// <summary>Stands for no estimate; also what a task holds before its first report.</summary>
    public static readonly TimeSpan Unknown = TimeSpan.Zero;

    /// <inheritdoc/>
    protected override bool NoWrap => true;

    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        TimeSpan left = task.State.Get<TimeSpan>(Key);
        return new Text(left != Unknown && !task.IsFinished ? $"{ProgressUpdate.Say(left)} left" : "", new Style(Color.Blue));
    }
}
