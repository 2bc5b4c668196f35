using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// A Carousel language model beside a search (shallow fusion, Gulcehre et al. 2015): an LSTM that has read the text so far predicts its next word or character. Immutable; may be
/// used by several threads at once.
/// </summary>
/// <remarks>
/// A text begins as a line does in training, and ends with the end of a line: the model's training text has one utterance on each line. Words and characters go through the
/// model's own tokeniser; what that does not know counts as its unknown token, and as impossible where it has none.
/// </remarks>
public sealed class RecurrentLanguageModel : ILanguageModel, IDisposable
{
    private readonly int _unknown;

    private RecurrentLanguageModel(Tokenizer tokenizer, CompiledModel model)
    {
        (Tokenizer, Model) = (tokenizer, model);
        _unknown = tokenizer.IdOf(Tokenizer.Unknown);
        Begin = tokenizer.IdOf(Tokenizer.Begin) is >= 0 and int begin ? begin : tokenizer.LineEnd;
    }

    /// <inheritdoc/>
    public TextUnit Unit => Tokenizer.Unit;

    /// <inheritdoc/>
    public IEnumerable<string> Words => ((VocabularyTokenizer)Tokenizer).Tokens.Where((token, id) => id != Tokenizer.LineEnd && !Tokenizer.SpecialSymbols.Contains(token));

    /// <summary>How it reads text.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The network, ready to run.</summary>
    public CompiledModel Model { get; }

    /// <summary>The token before the first one.</summary>
    internal int Begin { get; }

    /// <summary>The token after the last one.</summary>
    internal int End => Tokenizer.LineEnd;

    /// <summary>Reads a model file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="compile">How to prepare the network; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no language model of words or characters that knows where a line ends.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static RecurrentLanguageModel Load(string path, CompileOptions? compile = null) => From(ModelFile.Load(path), path, compile);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="compile">How to prepare the network; null for the defaults.</param>
    /// <exception cref="ModelFileException">The model is no language model of words or characters that knows where a line ends.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static RecurrentLanguageModel From(ModelFile file, string name, CompileOptions? compile = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Config is not LanguageModelConfig || file.Tokenizer is not { } tokenizer)
        {
            throw new ModelFileException(name, $"holds a model for the task '{file.Config.Task}', expected a language model ('lm')");
        }

        if (tokenizer is not VocabularyTokenizer)
        {
            throw new ModelFileException(name, "is a language model of pieces of words, expected one of words or characters; train it with text.unit=word or character");
        }

        return tokenizer.LineEnd >= 0
            ? new RecurrentLanguageModel(tokenizer, CompiledModel.Compile(file, name, compile))
            : throw new ModelFileException(name, "is a language model without a token for the end of a line, so it cannot say how a text begins and ends; train it on a text with an utterance on each line");
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => Model.Dispose();

    string ILanguageModel.Fingerprint => Model.Fingerprint;

    int ILanguageModel.TokenOf(string word)
    {
        try
        {
            return Tokenizer.Encode(word) is [int id] && id != _unknown && id != End ? id : -1;
        }
        catch (UnknownTokenException)
        {
            return -1;
        }
    }

    LanguageMemory ILanguageModel.Open(int texts) => new RecurrentLanguageMemory(this, _unknown, texts);
}
