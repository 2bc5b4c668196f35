using System.Globalization;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Decoding;

/// <summary>How <see cref="CtcBeamSearch"/> looks for the most probable text.</summary>
public sealed record CtcSearchConfig
{
    /// <summary>Texts kept after each time step, 1 … 10,000.</summary>
    /// <value>32</value>
    public int Width { get; init; } = 32;

    /// <summary>α, exponent of the language model's probability; 0 or more.</summary>
    /// <value>0.5</value>
    public float LanguageModelWeight { get; init; } = 0.5f;

    /// <summary>β, added for each token of the language model (word or character), in nats: makes up for what each one costs.</summary>
    /// <value>1</value>
    public float TokenBonus { get; init; } = 1;

    /// <summary>Labels less probable than this are not looked at in a time step, 0 … 1; 0 looks at all.</summary>
    /// <value>0.0001</value>
    public float SmallestShare { get; init; } = 1e-4f;

    /// <summary>True to hear only words that the language model knows, its vocabulary being the lexicon.</summary>
    /// <value>false</value>
    public bool KnownWordsOnly { get; init; }

    /// <summary>Added for each hot word, in nats.</summary>
    /// <value>4</value>
    public float HotWordBonus { get; init; } = 4;

    /// <summary>Differs between settings that differ.</summary>
    internal string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"{Width} {LanguageModelWeight} {TokenBonus} {SmallestShare} {KnownWordsOnly} {HotWordBonus}");

    /// <summary>This record with the fields of a JSON object; those left out stay as they are.</summary>
    internal CtcSearchConfig With(RecordReader json) => this with
    {
        Width = json.Get(Width),
        LanguageModelWeight = json.Get(LanguageModelWeight),
        TokenBonus = json.Get(TokenBonus),
        SmallestShare = json.Get(SmallestShare),
        KnownWordsOnly = json.Get(KnownWordsOnly),
        HotWordBonus = json.Get(HotWordBonus),
    };

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Width is < 1 or > 10_000)
        {
            yield return $"width is {Width}, expected 1 … 10000";
        }

        if (!(LanguageModelWeight >= 0 && float.IsFinite(LanguageModelWeight)))
        {
            yield return $"language_model_weight is {LanguageModelWeight}, expected 0 or more";
        }

        foreach ((string name, float value) in new[] { ("token_bonus", TokenBonus), ("hot_word_bonus", HotWordBonus) })
        {
            if (!float.IsFinite(value))
            {
                yield return $"{name} is {value}, expected a finite number";
            }
        }

        if (SmallestShare is not (>= 0 and < 1))
        {
            yield return $"smallest_share is {SmallestShare}, expected 0 ≤ share < 1";
        }
    }
}
