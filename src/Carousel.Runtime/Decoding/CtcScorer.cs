using System.Runtime.InteropServices;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// What a text is worth beside what was heard: α·ln p of the language model, β for each of its tokens, and a bonus for hot words. Grows with the text label by label.
/// Immutable; shared by all searches of a model.
/// </summary>
public sealed class CtcScorer
{
    private readonly CtcSearchConfig _config;
    private readonly ILanguageModel? _model;
    private readonly SpellingTree? _words, _hot;
    private readonly int[] _tokens;
    private readonly bool[] _isHot;
    private readonly string[] _hotWords;
    private readonly int _space;

    /// <summary>Prepares the scores of texts.</summary>
    /// <param name="labels">The labels of the transcriber; label i is class i + 1.</param>
    /// <param name="config">The weights.</param>
    /// <param name="model">A language model of the labels' unit, or of words for labels that are characters; null for none. What it does not know counts as its unknown token.</param>
    /// <param name="hotWords">Words that are likelier than the language model thinks; null for none.</param>
    /// <exception cref="ArgumentException">The config has problems, the language model's unit does not fit or it knows nothing that the labels can spell, known words are asked for without a model of words, or a hot word has spaces or characters that are no labels.</exception>
    public CtcScorer(VocabularyTokenizer labels, CtcSearchConfig config, ILanguageModel? model = null, IReadOnlyList<string>? hotWords = null)
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
        _tokens = [-1, .. labels.Tokens.Select(token => model?.TokenOf(token) ?? -1)];
        _isHot = new bool[labels.Count + 1];
        if (model is { Unit: TextUnit.Word } && ofCharacters)
        {
            _words = new SpellingTree();
            foreach (string word in model.Words)
            {
                if (Spell(word) is { Length: > 0 } spelling && !spelling.Contains(_space))
                {
                    _words.Add(spelling, model.TokenOf(word));
                }
            }
        }

        if (model is not null && (_words is null ? !_tokens.Where((token, label) => token >= 0 && label != _space).Any() : _words.IsEmpty))
        {
            throw new ArgumentException($"the language model knows nothing that the labels can spell: they are {Shown(labels.Tokens)}, it knows {Shown(model.Words)}; is it of another language, or of another letter case?", nameof(model));
        }

        _hotWords = [.. hotWords ?? []];
        foreach (string word in _hotWords)
        {
            if (Spell(word) is not { Length: > 0 } spelling || spelling.Contains(_space))
            {
                throw new ArgumentException($"'{word}' cannot be a hot word: expected one word of the labels {Shown(labels.Tokens)}", nameof(hotWords));
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

    /// <summary>Differs between scorers that score differently.</summary>
    internal string Fingerprint => $"{_config.Fingerprint} {_model?.Fingerprint} {string.Join(' ', _hotWords)}";

    /// <summary>What the language model remembers for one search; null where there is none.</summary>
    internal LanguageMemory? OpenMemory() => _model?.Open(_config.Width);

    /// <summary>The empty text.</summary>
    internal static TextScore Empty(LanguageMemory? memory) => new() { Context = memory?.Start ?? default };

    /// <summary>A text and one label more.</summary>
    /// <param name="memory">Of the search.</param>
    /// <param name="text">The text so far, its context settled.</param>
    /// <param name="label">Class of the label.</param>
    /// <param name="longer">What the longer text is worth.</param>
    /// <returns>False when there can be no such text.</returns>
    internal bool TryExtend(LanguageMemory? memory, in TextScore text, int label, out TextScore longer)
    {
        longer = text;
        if (label == _space)
        {
            if (_words is not null)
            {
                return text.Word != SpellingTree.Root && TryEndWord(memory, ref longer); // there is no empty word
            }

            TryEndWord(memory, ref longer);
            Take(memory, ref longer, _tokens[label]);
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

        Take(memory, ref longer, _tokens[label]);
        return !_config.KnownWordsOnly || _tokens[label] >= 0;
    }

    /// <summary>What a text is worth so far, in nats: a hot word counts in the measure in which it has been heard.</summary>
    internal float Worth(in TextScore text) => text.Done + (_hot is null ? 0 : _config.HotWordBonus * _hot.Progress(text.Hot));

    /// <summary>What a text is worth when it ends here, in nats.</summary>
    /// <param name="memory">Of the search.</param>
    /// <param name="whole">The text with its last word ended, its context settled.</param>
    internal float WorthAtEnd(LanguageMemory? memory, in TextScore whole) => whole.Done + (memory is null ? 0 : _config.LanguageModelWeight * memory.ScoreEnd(whole.Context));

    /// <summary>Ends the last word of a text.</summary>
    /// <param name="memory">Of the search.</param>
    /// <param name="text">The text, its context settled; changed even when it cannot end here.</param>
    /// <returns>False when it cannot end here.</returns>
    internal bool TryEndWord(LanguageMemory? memory, ref TextScore text)
    {
        bool isKnown = true;
        if (_hot is not null && _hot.WordAt(text.Hot) >= 0)
        {
            text.Done += _config.HotWordBonus;
        }

        if (_words is not null && text.Word != SpellingTree.Root)
        {
            int word = _words.WordAt(text.Word);
            Take(memory, ref text, word);
            isKnown = word >= 0 || !_config.KnownWordsOnly;
        }

        (text.Word, text.Hot) = (SpellingTree.Root, SpellingTree.Root);
        return isKnown;
    }

    /// <summary>Writes the worth of a text, without its context.</summary>
    internal static void Save(StateWriter state, in TextScore score)
    {
        state.Long(score.Word);
        state.Long(score.Hot);
        state.Double(score.Done);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    internal TextScore Restore(StateReader state) => new()
    {
        Word = state.Int(SpellingTree.None, _words?.Last ?? SpellingTree.Root),
        Hot = state.Int(SpellingTree.None, _hot?.Last ?? SpellingTree.Root),
        Done = (float)state.Double(),
    };

    private void Take(LanguageMemory? memory, ref TextScore text, int token)
    {
        if (memory is not null)
        {
            text.Done += (_config.LanguageModelWeight * memory.Score(text.Context, token, out LanguageContext next)) + _config.TokenBonus;
            text.Context = next;
        }
    }

    // The classes of a word's labels; null when one of them is no label.
    private int[]? Spell(string word)
    {
        int[] labels = [.. LabelText.Split(word, Labels.Unit).Select(token => Labels.IdOf(token) + 1)];
        return labels.Contains(0) || (Labels.Unit == TextUnit.Word && labels.Length > 1) ? null : labels;
    }

    private static string Shown(IEnumerable<string> tokens)
    {
        const int most = 40;
        string[] shown = [.. tokens.Take(most + 1).Select(static token => token switch { " " => "␣", "\n" => "↵", _ => token })];
        return string.Join(' ', shown.Take(most)) + (shown.Length > most ? " …" : "");
    }
}

/// <summary>What is remembered of a text's worth while it grows.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TextScore
{
    /// <summary>What the language model has read.</summary>
    public LanguageContext Context;

    /// <summary>Where in the spelling of known words the last word is; the root between words.</summary>
    public int Word;

    /// <summary>Where in the spelling of hot words the last word is.</summary>
    public int Hot;

    /// <summary>What the whole words are worth, in nats.</summary>
    public float Done;
}
