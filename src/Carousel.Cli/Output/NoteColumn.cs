using Spectre.Console;
using Spectre.Console.Rendering;

namespace Carousel.Cli.Output;

/// <summary>The column of a progress bar that shows what the work says about itself.</summary>
/// <param name="style">How it looks.</param>
/// <param name="width">Most characters shown; more are cut off, so that the bar keeps its line.</param>
internal sealed class NoteColumn(Style style, int width) : ProgressColumn
{
    private volatile string _text = "";

    /// <summary>What is shown now; may be set from any thread.</summary>
    public string Text
    {
        get => _text;
        set => _text = value.Length <= width ? value : width > 1 ? $"{value.AsSpan(0, width - 1)}…" : "";
    }

    /// <inheritdoc/>
    protected override bool NoWrap => true;

    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(_text, style);
}
