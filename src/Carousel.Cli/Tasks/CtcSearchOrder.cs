using Carousel.Cli.Output;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Predictors;

namespace Carousel.Cli.Tasks;

/// <summary>How a transcriber was asked to search; null where the model file is to say it.</summary>
/// <param name="LanguageModelPath">A Carousel language model, or n-grams as ARPA text.</param>
/// <param name="Width">Texts kept after each time step.</param>
/// <param name="Weight">α, exponent of the language model's probability.</param>
/// <param name="Bonus">β, added for each of its tokens.</param>
internal sealed record CtcSearchOrder(string? LanguageModelPath, int? Width, float? Weight, float? Bonus)
{
    /// <summary>True when the model file says everything.</summary>
    public bool IsUsual => this == new CtcSearchOrder(null, null, null, null);

    /// <summary>Reads the language model; null when none was named.</summary>
    public ILanguageModel? LoadLanguageModel() => LanguageModelPath is { } path ? LanguageModelFile.Load(path) : null;

    /// <summary>The options of a transcriber.</summary>
    /// <param name="usual">How the model file says to search.</param>
    /// <param name="model">What <see cref="LoadLanguageModel"/> gave.</param>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public TranscriberOptions Options(CtcSearchConfig usual, ILanguageModel? model)
    {
        CtcSearchConfig config = usual with
        {
            Width = Width ?? usual.Width,
            LanguageModelWeight = Weight ?? usual.LanguageModelWeight,
            TokenBonus = Bonus ?? usual.TokenBonus,
        };
        string[] problems = [.. config.Validate()];
        return problems.Length == 0 ? new TranscriberOptions { Search = config, LanguageModel = model } : throw new UsageException(string.Join("; ", problems));
    }
}
