namespace Carousel.Cli.Commands;

/// <summary>Something whose help ends with examples.</summary>
internal interface IHasExamples
{
    /// <summary>Command lines that work, without the leading <c>carousel</c>.</summary>
    IReadOnlyList<string> Examples { get; }
}
