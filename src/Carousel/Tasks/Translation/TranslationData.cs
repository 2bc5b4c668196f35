using Carousel.Data;
using Carousel.Runtime.Inputs;

namespace Carousel.Tasks.Translation;

/// <summary>Sentence pairs as training takes them.</summary>
/// <param name="Name">File or folder, for people.</param>
/// <param name="Source">The tokeniser of the source language; the target's where they share one.</param>
/// <param name="Target">The tokeniser of the target language.</param>
/// <param name="Train">Training part: no blank sentences and none that is too long.</param>
/// <param name="Valid">Validation part.</param>
/// <param name="Test">Test part.</param>
/// <param name="LeftOut">Pairs of the training part that were left out, blank or too long.</param>
public sealed record TranslationData(string Name, Tokenizer Source, Tokenizer Target, TokenPairs Train, TokenPairs Valid, TokenPairs Test, int LeftOut)
{
    /// <summary>Reads a corpus and cuts it into tokens by tokenisers made from its training part.</summary>
    /// <param name="corpus">Where the sentence pairs stand.</param>
    /// <param name="recipe">How.</param>
    /// <exception cref="DataFileException">A part cannot be read, or nothing is left to train on.</exception>
    public static TranslationData Of(ParallelCorpus corpus, TranslationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(recipe);
        SentencePairs all = corpus.Read("train"), train = all.WithoutBlank();
        TextFile from = new(train.Name, train.Source), to = new(train.Name, train.Target);
        Tokenizer target = TokenizerFit.Of(recipe.Text, Tokenizer.SpecialSymbols, recipe.JointTokenizer ? [from, to] : [to]);
        Tokenizer source = recipe.JointTokenizer ? target : TokenizerFit.Of(recipe.Text, Tokenizer.SpecialSymbols, from);
        TokenPairs kept = TokenPairs.Of(train, source, target).UpTo(recipe.LongestSentence);
        return kept.Count > 0
            ? new TranslationData(corpus.Name, source, target, kept, TokenPairs.Of(corpus.Read("valid"), source, target), TokenPairs.Of(corpus.Read("test"), source, target), all.Count - kept.Count)
            : throw new DataFileException(train.Name, $"holds no pair of sentences with 1 … {recipe.LongestSentence} tokens to learn from; set longest_sentence to more");
    }
}
