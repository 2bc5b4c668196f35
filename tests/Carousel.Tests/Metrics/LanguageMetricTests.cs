using Carousel.Metrics;

namespace Carousel.Tests.Metrics;

public sealed class LanguageMetricTests
{
    [Fact]
    public void Perplexity_of_equal_logits_is_the_vocabulary_size()
    {
        var perplexity = Perplexity.OfLogits(new double[16], [0, 3], null);
        Assert.Equal(8, perplexity.Value, 12);
        Assert.Equal(3, perplexity.BitsPerToken, 12);
    }

    [Fact]
    public void Perplexity_of_huge_logits_stays_finite() => Assert.Equal(1000, Perplexity.OfLogits([1000, 0], [1]).NllSum, 9);

    [Fact]
    public void Perplexity_target_beyond_vocabulary_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Perplexity.OfLogits([0, 0], [2]));

    [Fact]
    public void OfWords_ambiguous_alignment_lists_every_count()
    {
        EditDistance distance = ErrorRate.OfWords(["a b"], ["b c"]).Utterances[0];
        Assert.Equal([new EditCounts(0, 1, 1), new EditCounts(2, 0, 0)], distance.Optimal);
        Assert.False(distance.IsUnambiguous);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "x", double.PositiveInfinity)]
    public void OfWords_empty_reference_has_a_defined_rate(string reference, string hypothesis, double rate) =>
        Assert.Equal(rate, ErrorRate.OfWords([reference], [hypothesis]).Value);

    [Fact]
    public void OfCharacters_character_beyond_the_basic_plane_counts_once() => Assert.Equal(1, ErrorRate.OfCharacters(["\U0001F600"], ["x"]).Value);

    [Fact]
    public void OfWords_distance_of_random_texts_matches_enumeration_of_all_alignments()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 200; trial++)
        {
            int[] reference = [.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(3))];
            int[] hypothesis = [.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(3))];
            var all = new HashSet<EditCounts>();
            Enumerate(reference, hypothesis, 0, 0, default, all);
            int fewest = all.Min(counts => counts.Errors);
            Assert.Equal(
                all.Where(counts => counts.Errors == fewest).OrderBy(counts => counts.Substitutions),
                EditDistance.Of<int>(reference, hypothesis).Optimal);
        }
    }

    [Fact]
    public void EditAlignment_of_random_texts_is_one_of_the_best()
    {
        var random = new Random(2);
        for (int trial = 0; trial < 200; trial++)
        {
            int[] reference = [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(3))], hypothesis = [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(3))];
            IReadOnlyList<(int Reference, int Hypothesis)> pairs = EditAlignment.Of<int>(reference, hypothesis);
            Assert.Equal(Enumerable.Range(0, reference.Length), pairs.Select(pair => pair.Reference).Where(place => place >= 0));
            Assert.Equal(Enumerable.Range(0, hypothesis.Length), pairs.Select(pair => pair.Hypothesis).Where(place => place >= 0));
            var counts = new EditCounts(
                pairs.Count(pair => pair is { Reference: >= 0, Hypothesis: >= 0 } && reference[pair.Reference] != hypothesis[pair.Hypothesis]), pairs.Count(pair => pair.Hypothesis < 0), pairs.Count(pair => pair.Reference < 0));
            Assert.Contains(counts, EditDistance.Of<int>(reference, hypothesis).Optimal);
        }
    }

    [Fact]
    public void Bleu_lowercase_ignores_case()
    {
        string[] hypotheses = ["THE cat sat on the mat"];
        string[][] references = [["the cat sat on the mat"]];
        Assert.Equal(100, Bleu.OfCorpus(hypotheses, references, lowercase: true).Score, 9);
        Assert.True(Bleu.OfCorpus(hypotheses, references).Score < 90);
    }

    [Fact]
    public void Bleu_empty_hypotheses_score_zero()
    {
        var bleu = Bleu.OfCorpus([""], [["a b"]]);
        Assert.Equal((0, 0), (bleu.Score, bleu.BrevityPenalty));
    }

    /// <summary>By hand: (3/4 · 2/4 · 1/3 · 1/2)^¼ with one added from the second order on; e⁻¹ for half the length; (1/3 · 1/3 · 1/2 · 1/1)^¼; no word at all.</summary>
    [Theory]
    [InlineData("a b c d", "a b x d", 0.5)]
    [InlineData("a b", "a b x d", 0.36787944)]
    [InlineData("a b c d e", "a b c d e", 1)]
    [InlineData("a a a", "a", 0.48549177)]
    [InlineData("c", "a b", 0)]
    [InlineData("", "a b", 0)]
    public void Bleu_of_a_sentence_by_hand(string hypothesis, string reference, double expected) =>
        Assert.Equal(expected, Bleu.OfSentence(BleuTokenizer.Split(hypothesis), BleuTokenizer.Split(reference)), 1e-7);

    [Fact]
    public void Bleu_missing_reference_is_refused() => Assert.Throws<ArgumentException>(() => Bleu.OfCorpus(["a", "b"], [["a"]]));

    [Theory]
    [InlineData("It's 3.14, or 2,718.", "It's 3.14 , or 2,718 .")]
    [InlineData("a-b 1990-95 (x/y)", "a-b 1990 - 95 ( x / y )")]
    [InlineData("&lt;b&gt; &amp;quot;", "< b > & quot ;")]
    public void BleuTokenizer_separates_punctuation_as_13a_does(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', BleuTokenizer.Split(text)));

    private static void Enumerate(int[] reference, int[] hypothesis, int i, int j, EditCounts counts, HashSet<EditCounts> all)
    {
        if (i == reference.Length && j == hypothesis.Length)
        {
            all.Add(counts);
            return;
        }

        if (i < reference.Length)
        {
            Enumerate(reference, hypothesis, i + 1, j, counts with { Deletions = counts.Deletions + 1 }, all);
        }

        if (j < hypothesis.Length)
        {
            Enumerate(reference, hypothesis, i, j + 1, counts with { Insertions = counts.Insertions + 1 }, all);
        }

        if (i < reference.Length && j < hypothesis.Length)
        {
            EditCounts next = reference[i] == hypothesis[j] ? counts : counts with { Substitutions = counts.Substitutions + 1 };
            Enumerate(reference, hypothesis, i + 1, j + 1, next, all);
        }
    }
}
