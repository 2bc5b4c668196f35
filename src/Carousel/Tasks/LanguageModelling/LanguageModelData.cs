using Carousel.Data;
using Carousel.Runtime.Inputs;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>A text as a language model takes it.</summary>
/// <param name="Name">File or folder, for people.</param>
/// <param name="Tokenizer">Made from the training part.</param>
/// <param name="Train">Ids of the training part.</param>
/// <param name="Valid">Ids of the validation part.</param>
/// <param name="Test">Ids of the test part.</param>
public sealed record LanguageModelData(string Name, Tokenizer Tokenizer, int[] Train, int[] Valid, int[] Test)
{
    /// <summary>Cuts the parts of a corpus into tokens.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="config">How.</param>
    /// <param name="tokenizer">That of a trained model; null to make one from the training part.</param>
    /// <exception cref="DataFileException">A part has fewer than 2 tokens, or a token nothing stands for.</exception>
    public static LanguageModelData Of(TextCorpus corpus, TextConfig config, Tokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        tokenizer ??= TokenizerFit.Of(config, [], corpus.Train);
        return new LanguageModelData(corpus.Name, tokenizer, Encode(corpus.Train, tokenizer), Encode(corpus.Valid, tokenizer), Encode(corpus.Test, tokenizer));
    }

    private static int[] Encode(TextFile text, Tokenizer tokenizer)
    {
        int[] ids = TextCorpus.Encode(text, tokenizer);
        return ids.Length > 1 ? ids : throw new DataFileException(text.Name, $"has {ids.Length} token from line {text.FirstLine} on, expected 2 or more, so that there is something to predict");
    }
}
