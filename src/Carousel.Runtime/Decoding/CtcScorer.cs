using System.Runtime.InteropServices;
using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// What a text is worth beside what was heard: α·ln p of the language model, β for each of its tokens, and a bonus for hot words. Grows with the text label by label.
/// Immutable; shared by all searches of a model.
/// </summary>
public sealed class CtcScorer
{
    private readonly CtcSearchConfig _config;
    private readonly NGramModel? _model;
    private readonly SpellingTree? _words, _hot;
    private readonly int[] _tokens;
    private readonly bool[] _isHot;
    private readonly int _space;

    /// <summary>Prepares the scores of texts.</summary>
    /// <param name="labels">The labels of the transcriber; label i is class i + 1.</param>
    /// <param name="config">The weights.</param>
    /// <param name="model">A language model of the labels' unit, or of words for labels that are characters; null for none.</param>
    /// <param name="hotWords">Words that are likelier than the language model thinks; null for none.</param>
    /// <exception cref="ArgumentException">The config has problems, the language model's unit does not fit, known words are asked for without a model of words, or a hot word has spaces or characters that are no labels.</exception>
    public CtcScorer(VocabularyTokenizer labels, CtcSearchConfig config, NGramModel? model = null, IReadOnlyList<string>? hotWords = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        bool ofCharacters = labels.Unit == TextUnit.Character;
        if (problems.Length > 0)
        {
            throw new ArgumentException($"search: {string.Join("; ", problems)}", nameof(config));
        }

        if (model is { Unit: TextUnit.Character } && !ofCharacters)
        {
            throw new ArgumentException("the language model is one of characters, but the transcriber's labels are words; use a language model of words", nameof(model));
        }

        if (config.KnownWordsOnly && model is not { Unit: TextUnit.Word })
        {
            throw new ArgumentException("known_words_only is true, but there is no language model of words that says which they are", nameof(model));
        }

        (Labels, _config, _model) = (labels, config, model);
        _space = ofCharacters ? labels.IdOf(" ") + 1 : 0;
        _tokens = [-1, .. labels.Tokens.Select(token => model?.IdOf(token) ?? -1)];
        _isHot = new bool[labels.Count + 1];
        if (model is { Unit: TextUnit.Word } && ofCharacters)
        {
            _words = new SpellingTree();
            foreach (string word in model.Words)
            {
                if (Spell(word) is { Length: > 0 } spelling && !spelling.Contains(_space))
                {
                    _words.Add(spelling, model.IdOf(word));
                }
            }
        }

        foreach (string word in hotWords ?? [])
        {
            if (Spell(word) is not { Length: > 0 } spelling || spelling.Contains(_space))
            {
                throw new ArgumentException($"'{word}' cannot be a hot word: expected one word of the labels {Shown(labels)}", nameof(hotWords));
            }

            if (ofCharacters)
            {
                (_hot ??= new SpellingTree()).Add(spelling, 0);
            }
            else
            {
                _isHot[spelling[0]] = true;
            }
        }
    }

    /// <summary>The labels of the transcriber.</summary>
    public VocabularyTokenizer Labels { get; }

    /// <summary>The weights.</summary>
    public CtcSearchConfig Config => _config;

    /// <summary>The class of the space between words; 0 where there is none.</summary>
    internal int Space => _space;

    /// <summary>The empty text.</summary>
    internal TextScore Empty => new() { State = _model?.Start ?? 0 };

    /// <summary>A text and one label more.</summary>
    /// <param name="text">The text so far.</param>
    /// <param name="label">Class of the label.</param>
    /// <param name="longer">What the longer text is worth.</param>
    /// <returns>False when there can be no such text.</returns>
    internal bool TryExtend(in TextScore text, int label, out TextScore longer)
    {
        longer = text;
        if (label == _space)
        {
            if (_words is not null)
            {
                return text.Word != SpellingTree.Root && TryEndWord(ref longer); // there is no empty word
            }

            TryEndWord(ref longer);
            Take(ref longer, _tokens[label]);
            return true;
        }

        if (_hot is not null)
        {
            longer.Hot = _hot.Next(text.Hot, label);
        }

        if (_words is not null)
        {
            longer.Word = _words.Next(text.Word, label);
            return longer.Word >= 0 || !_config.KnownWordsOnly;
        }

        if (_isHot[label])
        {
            longer.Done += _config.HotWordBonus;
        }

        Take(ref longer, _tokens[label]);
        return !_config.KnownWordsOnly || _tokens[label] >= 0;
    }

    /// <summary>What a text is worth so far, in nats: a hot word counts in the measure in which it has been heard.</summary>
    internal float Worth(in TextScore text) => text.Done + (_hot is null ? 0 : _config.HotWordBonus * _hot.Progress(text.Hot));

    /// <summary>What a text is worth when it ends here, in nats.</summary>
    /// <param name="text">The text.</param>
    /// <param name="worth">Its worth, which is given even when it cannot end here.</param>
    /// <returns>False when it cannot end here.</returns>
    internal bool TryEnd(in TextScore text, out float worth)
    {
        TextScore whole = text;
        bool isWhole = TryEndWord(ref whole);
        worth = whole.Done + (_model is null ? 0 : _config.LanguageModelWeight * _model.ScoreEnd(whole.State));
        return isWhole;
    }

    private bool TryEndWord(ref TextScore text)
    {
        bool isKnown = true;
        if (_hot is not null && _hot.WordAt(text.Hot) >= 0)
        {
            text.Done += _config.HotWordBonus;
        }

        if (_words is not null && text.Word != SpellingTree.Root)
        {
            int word = _words.WordAt(text.Word);
            Take(ref text, word);
            isKnown = word >= 0 || !_config.KnownWordsOnly;
        }

        (text.Word, text.Hot) = (SpellingTree.Root, SpellingTree.Root);
        return isKnown;
    }

    private void Take(ref TextScore text, int token)
    {
        if (_model is not null)
        {
            text.Done += (_config.LanguageModelWeight * _model.Score(text.State, token, out int next)) + _config.TokenBonus;
            text.State = next;
        }
    }

    // The classes of a word's labels; null when one of them is no label.
    private int[]? Spell(string word)
    {
        int[] labels = [.. LabelText.Split(word, Labels.Unit).Select(token => Labels.IdOf(token) + 1)];
        return labels.Contains(0) || (Labels.Unit == TextUnit.Word && labels.Length > 1) ? null : labels;
    }

    private static string Shown(VocabularyTokenizer labels)
    {
        const int most = 40;
        return string.Join(' ', labels.Tokens.Take(most).Select(static token => token == " " ? "␣" : token)) + (labels.Count > most ? " …" : "");
    }
}

/// <summary>What is remembered of a text's worth while it grows.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TextScore
{
    /// <summary>State of the language model.</summary>
    public int State;

    /// <summary>Where in the spelling of known words the last word is; the root between words.</summary>
    public int Word;

    /// <summary>Where in the spelling of hot words the last word is.</summary>
    public int Hot;

    /// <summary>What the whole words are worth, in nats.</summary>
    public float Done;
}
