using Carousel.Runtime.Inputs;
using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// A language model beside a search: how probable a token is after those before it. Immutable, and shared by all searches; <c>Predictors.LanguageModelFile</c> reads one of either kind,
/// an <see cref="NGramModel"/> or a <c>Predictors.RecurrentLanguageModel</c>.
/// </summary>
public interface ILanguageModel
{
    /// <summary>What it predicts: words or characters.</summary>
    TextUnit Unit { get; }

    /// <summary>The tokens a text can hold: all but the markers of beginning, end and the unknown.</summary>
    IEnumerable<string> Words { get; }

    /// <summary>Differs between models that score differently.</summary>
    internal string Fingerprint { get; }

    /// <summary>The id of a word or character; −1 when it is not known.</summary>
    /// <param name="word">One word or one character.</param>
    internal int TokenOf(string word);

    /// <summary>What one search remembers.</summary>
    /// <param name="texts">Texts that the search follows at one time, 1 or more.</param>
    internal LanguageMemory Open(int texts);
}

/// <summary>What came before a token, as a <see cref="LanguageMemory"/> knows it.</summary>
/// <param name="State">A state of the memory.</param>
/// <param name="Token">The token after that state, which the memory has not been told to take yet; −1 for none.</param>
internal readonly record struct LanguageContext(int State, int Token = LanguageContext.Settled)
{
    /// <summary>No token is left to take.</summary>
    public const int Settled = -1;
}

/// <summary>The texts of one search as its language model sees them. Asking for a score computes nothing: texts are many, and those that are kept are few.</summary>
internal abstract class LanguageMemory
{
    /// <summary>The beginning of a text.</summary>
    public abstract LanguageContext Start { get; }

    /// <summary>ln p of a token.</summary>
    /// <param name="context">What came before, settled.</param>
    /// <param name="token">Its id; −1 for an unknown one.</param>
    /// <param name="next">What came before the token after it; to be settled before more is asked.</param>
    public abstract float Score(LanguageContext context, int token, out LanguageContext next);

    /// <summary>ln p of the end of the text.</summary>
    /// <param name="context">What came before, settled.</param>
    public abstract float ScoreEnd(LanguageContext context);

    /// <summary>Prepares what came before the next tokens. Contexts that are not among these are forgotten sooner or later.</summary>
    /// <param name="contexts">Of all texts that are followed further; each becomes settled.</param>
    public virtual void Settle(Span<LanguageContext> contexts)
    {
    }

    /// <summary>A memory of the same that goes its own way.</summary>
    public abstract LanguageMemory Copy();

    /// <summary>Writes contexts, and all that is needed to go on from them.</summary>
    /// <param name="state">Receives them.</param>
    /// <param name="contexts">Settled, as many as there are texts at most.</param>
    public abstract void Save(StateWriter state, ReadOnlySpan<LanguageContext> contexts);

    /// <summary>Reads contexts that <see cref="Save"/> wrote; all others are gone.</summary>
    /// <param name="state">Gives them.</param>
    /// <param name="contexts">Receives as many as were written.</param>
    /// <exception cref="InvalidDataException">They are not sound.</exception>
    public abstract void Restore(StateReader state, Span<LanguageContext> contexts);
}
