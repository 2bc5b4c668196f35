using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>How a text becomes tokens, and a single file becomes training, validation and test part.</summary>
public sealed record TextConfig
{
    /// <summary>What one token is.</summary>
    /// <value>word</value>
    public TextUnit Unit { get; init; } = TextUnit.Word;

    /// <summary>
    /// Times a token must occur in the training part to enter the vocabulary; the others are read as &lt;unk&gt;, of subwords as shorter ones. 1 or more; at least 2 for subwords.
    /// </summary>
    /// <value>1</value>
    public int MinimumCount { get; init; } = 1;

    /// <summary>True when signs are words of their own even without white space before them; words only.</summary>
    /// <value>false</value>
    public bool SplitSigns { get; init; }

    /// <summary>True when capital letters are read as small ones; words only.</summary>
    /// <value>false</value>
    public bool Lowercase { get; init; }

    /// <summary>What the text is brought to before it is cut into tokens, in training and in production.</summary>
    /// <value>none</value>
    public Normalization Normalization { get; init; }

    /// <summary>Tokens of a vocabulary of subwords, special symbols and the 256 bytes among them; fewer when the training part holds no more that occur often enough.</summary>
    /// <value>6000</value>
    public int Subwords { get; init; } = 6000;

    /// <summary>Share of the characters of a single file, counted from its start up to the end of a line, to train on; 0 &lt; share &lt; 1.</summary>
    /// <value>0.9</value>
    public double TrainShare { get; init; } = 0.9;

    /// <summary>Share of the characters of a single file, after the training part, to choose by; what is left is the test part.</summary>
    /// <value>0.05</value>
    public double ValidShare { get; init; } = 0.05;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (MinimumCount < 1)
        {
            yield return $"minimum_count is {MinimumCount}, expected 1 or more";
        }

        if ((SplitSigns || Lowercase) && Unit != TextUnit.Word)
        {
            yield return $"split_signs is {SplitSigns} and lowercase is {Lowercase}, expected false for both unless unit is word";
        }

        if (!Enum.IsDefined(Normalization))
        {
            yield return $"normalization is {(int)Normalization}, expected none, nfc or nfkc";
        }

        if (Subwords is < 260 or > Tokenizer.Largest)
        {
            yield return $"subwords is {Subwords}, expected 260 … {Tokenizer.Largest}";
        }

        if (!(TrainShare > 0 && ValidShare > 0 && TrainShare + ValidShare < 1))
        {
            yield return $"train_share is {TrainShare} and valid_share is {ValidShare}, expected both above 0 and their sum below 1, so that a test part is left";
        }
    }
}
