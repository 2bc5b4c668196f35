using Carousel.Metrics;

namespace Carousel.Tests.Metrics;

public sealed class ChrfTests
{
    private static readonly string[] Hypotheses = ["Ein Hund läuft über die Wiese .", "Zwei Männer \U0001F600 stehen"];

    private static readonly string[][] References =
        [["Ein Hund rennt über eine Wiese.", "Zwei Männer \U0001F600 sitzen da"], ["Ein Hund läuft über die Weide.", "Drei Frauen"]];

    [Fact]
    public void OfCorpus_by_hand()
    {
        // Unigrams 2 of 3, bigrams 1 of 2, trigrams 0 of 1, nothing longer; as many on both sides, so F is their mean.
        Assert.Equal(100 * ((2.0 / 3) + (1.0 / 2) + 0) / 3, Chrf.OfCorpus(["abc"], [["abd"]]).Score, 12);

        // Matches 2 and 1 of hypotheses 2 and 1 and references 4 and 3; there is no trigram of the hypothesis. P = 1, R = 5/12, F = 5PR/(4P + R).
        Chrf half = Chrf.OfCorpus(["a b"], [["ab cd"]]);
        Assert.Equal((1.0, ((2.0 / 4) + (1.0 / 3)) / 2), (half.Precision, half.Recall));
        Assert.Equal(100 * 5 * (5.0 / 12) / (4 + (5.0 / 12)), half.Score, 12);
    }

    // By the formulas of sacreBLEU 2 written down in Python.
    [Fact]
    public void OfCorpus_sentences_with_one_and_two_references()
    {
        Assert.Equal(54.077359778726574, Chrf.OfCorpus(Hypotheses, References[..1]).Score, 9);
        Assert.Equal(61.38169807131364, Chrf.OfCorpus(Hypotheses, References[1..]).Score, 9);
        Assert.Equal(73.18702391893228, Chrf.OfCorpus(Hypotheses, References).Score, 9);
        Assert.Equal(23.404255319148938, Chrf.OfCorpus(["ab", "abcd"], [["abcdefgh", ""]]).Score, 9);
    }

    [Fact]
    public void OfCorpus_equal_texts_score_100_and_others_0()
    {
        Assert.Equal(100, Chrf.OfCorpus(Hypotheses, [Hypotheses]).Score, 9);
        Assert.Equal(0, Chrf.OfCorpus(["xyz", ""], [["abc", "d"]]).Score);
        Assert.Equal(0, Chrf.OfCorpus([], [[]]).Score);
    }

    [Fact]
    public void OfCorpus_lowercase_ignores_case()
    {
        string[] loud = [.. Hypotheses.Select(text => text.ToUpperInvariant())];
        Assert.Equal(100, Chrf.OfCorpus(loud, [Hypotheses], lowercase: true).Score, 9);
        Assert.True(Chrf.OfCorpus(loud, [Hypotheses]).Score < 50);
    }

    [Fact]
    public void Signature_says_the_settings_as_sacreBLEU_does()
    {
        Assert.Equal("nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no", Chrf.OfCorpus(Hypotheses, References).Signature);
        Assert.Equal("nrefs:1|case:lc|eff:no|tok:13a|smooth:exp", Bleu.OfCorpus(Hypotheses, References[..1], lowercase: true).Signature);
    }

    [Fact]
    public void OfCorpus_missing_reference_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Chrf.OfCorpus(["a", "b"], [["a"]]));
        Assert.Throws<ArgumentException>(() => Chrf.OfCorpus(["a"], []));
    }
}
