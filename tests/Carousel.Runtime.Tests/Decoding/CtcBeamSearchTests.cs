using System.Text;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Decoding;

public sealed class CtcBeamSearchTests
{
    // Classes: blank, space, A, B.
    private static readonly CharacterTokenizer Labels = new([" ", "A", "B"]);
    private static readonly CtcSearchConfig Exact = new() { Width = 4000, SmallestShare = 0 };

    [Theory]
    [InlineData(null, 0, 0)]
    [InlineData(TextUnit.Character, 0.7f, 0.3f)]
    [InlineData(TextUnit.Word, 0.7f, 0.3f)]
    [InlineData(TextUnit.Word, 2, -1)]
    public void A_wide_search_finds_what_the_sum_over_all_alignments_finds(TextUnit? unit, float weight, float bonus)
    {
        NGramModel? model = unit is null ? null : Model(unit.Value);
        CtcSearchConfig config = Exact with { LanguageModelWeight = weight, TokenBonus = bonus };
        for (int seed = 0; seed < 20; seed++)
        {
            float[] logits = Logits(seed, steps: 5);
            (string text, double score) = Enumerate(logits).Select(entry => (entry.Key, Score: entry.Value + Worth(entry.Key, model, config)))
                .Where(entry => unit != TextUnit.Word || IsOfWords(entry.Key)).MaxBy(entry => entry.Score);
            var search = new CtcBeamSearch(new CtcScorer(Labels, config, model));
            (string found, double foundScore) = Run(search, logits);
            Assert.Equal(text, found);
            Assert.Equal(score, foundScore, 1e-4);
        }
    }

    [Fact]
    public void Known_words_only_hears_nothing_else()
    {
        CtcSearchConfig config = Exact with { KnownWordsOnly = true, LanguageModelWeight = 0.1f };
        NGramModel model = Model(TextUnit.Word);
        for (int seed = 0; seed < 20; seed++)
        {
            float[] logits = Logits(seed, steps: 5);
            (string text, double score) = Enumerate(logits).Where(entry => IsOfWords(entry.Key) && LabelText.Split(entry.Key, TextUnit.Word).All(model.Words.Contains))
                .Select(entry => (entry.Key, Score: entry.Value + Worth(entry.Key, model, config))).MaxBy(entry => entry.Score);
            (string found, double foundScore) = Run(new CtcBeamSearch(new CtcScorer(Labels, config, model)), logits);
            Assert.Equal(text, found);
            Assert.Equal(score, foundScore, 1e-4);
        }
    }

    [Fact]
    public void A_hot_word_gets_its_bonus_once_for_each_time_it_is_said()
    {
        CtcSearchConfig config = Exact with { HotWordBonus = 1.5f };
        int heard = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            float[] logits = Logits(seed, steps: 5);
            (string text, double score) = Enumerate(logits).Select(entry => (entry.Key, Score: entry.Value + (1.5 * entry.Key.Split(' ').Count(word => word == "AB")))).MaxBy(entry => entry.Score);
            (string found, double foundScore) = Run(new CtcBeamSearch(new CtcScorer(Labels, config, hotWords: ["AB"])), logits);
            Assert.Equal(text, found);
            Assert.Equal(score, foundScore, 1e-4);
            heard += found.Split(' ').Contains("AB") ? 1 : 0;
        }

        Assert.InRange(heard, 1, 19);
    }

    [Fact]
    public void Labels_that_are_words_are_searched_too()
    {
        var labels = new WordTokenizer(["ONE", "TWO"]);
        NGramModel model = ArpaText.Read("\\data\\\nngram 1=4\n\n\\1-grams:\n-0.3\tONE\n-2\tTWO\n-1\t</s>\n-3\t<unk>\n\n\\end\\\n", "test");
        var search = new CtcBeamSearch(new CtcScorer(labels, Exact with { LanguageModelWeight = 1, TokenBonus = 0 }, model, ["TWO"]));
        foreach (float[] step in new float[][] { [0, 5, 0], [5, 0, 0], [0, 3, 3.5f] })
        {
            search.Step(step);
        }

        var heard = new List<HeardLabel>();
        search.Best(heard);
        Assert.Equal("ONE TWO", LabelText.Decode(heard.Select(label => label.Label), labels));
        Assert.Equal([0, 2], heard.Select(label => label.Step));
        Assert.All(heard, label => Assert.InRange(label.Share, 0.5f, 1));
    }

    [Fact]
    public void Labels_were_heard_when_the_best_alignment_of_the_text_says()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            float[] logits = Logits(seed, steps: 6);
            var search = new CtcBeamSearch(new CtcScorer(Labels, Exact));
            string text = Run(search, logits).Text;
            var heard = new List<HeardLabel>();
            search.Best(heard);

            int best = Enumerable.Range(0, 1 << 12).Where(code => TextOf(code, 6) == text).MaxBy(code => Enumerable.Range(0, 6).Sum(t => logits[(t * 4) + ((code >> (2 * t)) & 3)]));
            var expected = new List<(int Label, int Step)>();
            for (int t = 0, last = 0; t < 6; t++)
            {
                int label = (best >> (2 * t)) & 3;
                if (label != 0 && label != last)
                {
                    expected.Add((label, t));
                }
                else if (label != 0 && Share(t, label) > Share(expected[^1].Step, label))
                {
                    expected[^1] = (label, t);
                }

                last = label;
            }

            Assert.Equal(expected, heard.Select(label => (label.Label, label.Step)));
            Assert.All(heard, label => Assert.Equal(Share(label.Step, label.Label), label.Share, 1e-5));

            double Share(int t, int label) => Math.Exp(logits[(t * 4) + label]) / logits.AsSpan(t * 4, 4).ToArray().Sum(logit => Math.Exp(logit));
        }
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(16, 2)]
    [InlineData(300, 3)]
    public void Labels_are_heard_one_after_the_other_however_long_it_goes_on(int width, int seed)
    {
        float[] logits = Logits(seed, steps: 400);
        var search = new CtcBeamSearch(new CtcScorer(Labels, new CtcSearchConfig { Width = width }));
        Run(search, logits);
        var heard = new List<HeardLabel>();
        search.Best(heard);
        Assert.True(heard.Count > 5, $"{heard.Count} labels");
        Assert.Equal(heard.Select(label => label.Step).Distinct().Order(), heard.Select(label => label.Step));
        Assert.InRange(heard[^1].Step, 300, 399);
    }

    [Fact]
    public void A_fork_goes_its_own_way()
    {
        float[] logits = Logits(3, steps: 40);
        CtcScorer scorer = new(Labels, new CtcSearchConfig { Width = 8 }, Model(TextUnit.Word));
        CtcBeamSearch whole = new(scorer), first = new(scorer);
        (string text, double score) = Run(whole, logits);
        Run(first, logits.AsSpan(0, 60));
        CtcBeamSearch second = first.Fork();
        Run(first, Logits(4, steps: 20));
        Assert.Equal((text, score), Run(second, logits.AsSpan(60)));
        whole.Reset();
        Assert.Equal((text, score), Run(whole, logits));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        float[] logits = Logits(5, steps: 3000);
        AssertStepsAllocateNothing(new CtcBeamSearch(new CtcScorer(Labels, new CtcSearchConfig { Width = 16 }, Model(TextUnit.Word))), logits);
    }

    [Fact]
    public void What_cannot_work_is_refused()
    {
        Assert.Contains("width is 0", Assert.Throws<ArgumentException>(() => new CtcScorer(Labels, new CtcSearchConfig { Width = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("known_words_only", Assert.Throws<ArgumentException>(() => new CtcScorer(Labels, new CtcSearchConfig { KnownWordsOnly = true })).Message, StringComparison.Ordinal);
        Assert.Contains("'AC' cannot be a hot word", Assert.Throws<ArgumentException>(() => new CtcScorer(Labels, new CtcSearchConfig(), hotWords: ["AC"])).Message, StringComparison.Ordinal);
        Assert.Contains("characters", Assert.Throws<ArgumentException>(() => new CtcScorer(new WordTokenizer(["A"]), new CtcSearchConfig(), Model(TextUnit.Character))).Message, StringComparison.Ordinal);
        Assert.Contains("4 classes, found 3", Assert.Throws<ArgumentException>(() => new CtcBeamSearch(new CtcScorer(Labels, new CtcSearchConfig())).Step(new float[3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Greedy_merges_repeats_and_leaves_blanks_out()
    {
        float[] logits = new float[7 * 4];
        foreach ((int step, int best) in new[] { 2, 2, 0, 2, 3, 3, 1 }.Index())
        {
            logits[(step * 4) + best] = 1;
        }

        List<HeardLabel> heard = CtcGreedy.Decode(logits, 4);
        Assert.Equal([2, 2, 3, 1], heard.Select(label => label.Label));
        Assert.Equal([0, 3, 4, 6], heard.Select(label => label.Step));
        Assert.Empty(CtcGreedy.Decode([], 4));
    }

    internal static (string Text, double Score) Run(CtcBeamSearch search, ReadOnlySpan<float> logits)
    {
        for (int at = 0; at < logits.Length; at += 4)
        {
            search.Step(logits.Slice(at, 4));
        }

        var heard = new List<HeardLabel>();
        double score = search.Best(heard);
        return (LabelText.Decode(heard.Select(label => label.Label), Labels), score);
    }

    // ln p of every text, the sum over all 4^T alignments.
    internal static Dictionary<string, double> Enumerate(float[] logits)
    {
        int steps = logits.Length / 4;
        var sums = new Dictionary<string, double>();
        for (int code = 0; code < 1 << (2 * steps); code++)
        {
            double probability = 1;
            for (int t = 0; t < steps; t++)
            {
                ReadOnlySpan<float> step = logits.AsSpan(t * 4, 4);
                probability *= Math.Exp(step[(code >> (2 * t)) & 3]) / (Math.Exp(step[0]) + Math.Exp(step[1]) + Math.Exp(step[2]) + Math.Exp(step[3]));
            }

            string text = TextOf(code, steps);
            sums[text] = sums.GetValueOrDefault(text) + probability;
        }

        return sums.ToDictionary(entry => entry.Key, entry => Math.Log(entry.Value));
    }

    // What an alignment says, two bits a step.
    private static string TextOf(int code, int steps)
    {
        var text = new StringBuilder();
        for (int t = 0, last = 0; t < steps; t++)
        {
            int label = (code >> (2 * t)) & 3;
            text.Append(label != 0 && label != last ? " AB"[label - 1].ToString() : "");
            last = label;
        }

        return text.ToString();
    }

    private static double Worth(string text, NGramModel? model, CtcSearchConfig config)
    {
        if (model is null)
        {
            return 0;
        }

        string[] tokens = [.. LabelText.Split(text, model.Unit)];
        return (config.LanguageModelWeight * model.ScoreText(tokens.Select(model.IdOf))) + (config.TokenBonus * tokens.Length);
    }

    // A search with a language model of words knows no empty words.
    internal static bool IsOfWords(string text) => !text.StartsWith(' ') && !text.Contains("  ", StringComparison.Ordinal);

    private static NGramModel Model(TextUnit unit) => ArpaText.Read(
        unit == TextUnit.Word
            ? "\\data\\\nngram 1=6\nngram 2=4\n\n\\1-grams:\n-99\t<s>\t-0.2\n-0.9\t</s>\n-0.5\tA\t-0.4\n-1.1\tAB\t-0.1\n-0.8\tBA\n-2\t<unk>\n\n\\2-grams:\n-0.2\t<s> AB\n-0.3\tA BA\n-0.7\tAB </s>\n-0.4\tA A\n\n\\end\\\n"
            : "characters\n\\data\\\nngram 1=6\nngram 2=3\n\n\\1-grams:\n-99\t<s>\t-0.3\n-0.9\t</s>\n-0.5\tA\t-0.4\n-1.1\tB\t-0.1\n-0.8\t␣\t-0.2\n-2\t<unk>\n\n\\2-grams:\n-0.2\t<s> B\n-0.3\tA ␣\n-0.7\tB B\n\n\\end\\\n",
        "test");

    /// <summary>A first run makes room; the second one is counted.</summary>
    internal static void AssertStepsAllocateNothing(CtcBeamSearch search, float[] logits)
    {
        foreach (bool warm in new[] { false, true })
        {
            search.Reset();
            long mark = Allocations.Mark();
            for (int at = 0; at < logits.Length; at += 4)
            {
                search.Step(logits.AsSpan(at, 4));
            }

            Assert.True(!warm || Allocations.Since(mark) == 0);
        }
    }

    internal static float[] Logits(int seed, int steps)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, steps * 4).Select(_ => (float)(2 * random.NextDouble()))];
    }
}
