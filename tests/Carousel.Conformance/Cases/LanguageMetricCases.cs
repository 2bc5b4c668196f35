using System.Text.Json;
using Carousel.Metrics;

namespace Carousel.Conformance.Cases;

internal sealed class LanguageMetricCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["perplexity", "wer", "cer", "bleu"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        switch (vector.Kind)
        {
            case "perplexity":
                RunPerplexity(vector, compare);
                break;
            case "bleu":
                RunBleu(vector, compare);
                break;
            default:
                RunErrorRate(vector, compare);
                break;
        }
    }

    private static void RunPerplexity(ConformanceCase vector, Comparison compare)
    {
        int? ignore = vector.Config.Has("ignore_index") ? vector.Config.Integer("ignore_index") : null;
        var perplexity = Perplexity.OfLogits(vector.Input("logits").Data, vector.Input("target").ToIntegers(), ignore);
        compare.Output("tokens", perplexity.Tokens);
        compare.Output("nll_sum", perplexity.NllSum);
        compare.Output("nll_mean", perplexity.NllMean);
        compare.Output("perplexity", perplexity.Value);
        compare.Output("bits_per_token", perplexity.BitsPerToken);
    }

    private static void RunErrorRate(ConformanceCase vector, Comparison compare)
    {
        string[] references = Texts(vector.Inputs.GetProperty("references")), hypotheses = Texts(vector.Inputs.GetProperty("hypotheses"));
        ErrorRate rate = vector.Config.Text("unit") switch
        {
            "word" => ErrorRate.OfWords(references, hypotheses),
            "char" => ErrorRate.OfCharacters(references, hypotheses),
            var unit => throw new InvalidDataException($"unit '{unit}' is unknown"),
        };
        JsonElement[] expected = [.. vector.Expected.GetProperty("utterances").EnumerateArray()];
        compare.Structure("utterances", expected.Length == rate.Utterances.Count, $"{rate.Utterances.Count} utterances, expected {expected.Length}");
        for (int i = 0; i < expected.Length; i++)
        {
            foreach (JsonProperty property in expected[i].EnumerateObject())
            {
                CompareUtterance(compare, $"[{i}].{property.Name}", rate.Utterances[i], property);
            }
        }

        compare.Output("total_errors", rate.Errors);
        compare.Output("total_reference_length", rate.ReferenceLength);
        compare.Output("error_rate", rate.Value);
        if (compare.Expects("S"))
        {
            Assert.All(rate.Utterances, utterance => Assert.True(utterance.IsUnambiguous));
            compare.Output("S", rate.Counts.Substitutions);
            compare.Output("D", rate.Counts.Deletions);
            compare.Output("I", rate.Counts.Insertions);
        }
    }

    private static void CompareUtterance(Comparison compare, string where, EditDistance actual, JsonProperty expected)
    {
        switch (expected.Name)
        {
            case "rate": compare.Inside("utterances", where, ErrorRate.RateOf(actual), expected.Value.GetDouble()); break;
            case "reference_length": Count(actual.ReferenceLength); break;
            case "hypothesis_length": Count(actual.HypothesisLength); break;
            case "errors": Count(actual.Errors); break;
            case "S": Count(actual.Optimal.Single().Substitutions); break;
            case "D": Count(actual.Optimal.Single().Deletions); break;
            case "I": Count(actual.Optimal.Single().Insertions); break;
            case "optimal_sdi":
                string found = string.Join(' ', actual.Optimal.Select(counts => $"{counts.Substitutions},{counts.Deletions},{counts.Insertions}"));
                string wanted = string.Join(' ', expected.Value.EnumerateArray().Select(counts => string.Join(',', counts.EnumerateArray().Select(count => count.GetInt32()))));
                compare.Structure("utterances", found == wanted, $"{where}: actual {found}, expected {wanted}");
                break;
            default: compare.Structure("utterances", false, $"{where} is not computed"); break;
        }

        void Count(int count) =>
            compare.Structure("utterances", count == expected.Value.GetInt32(), $"{where}: actual {count}, expected {expected.Value.GetRawText()}");
    }

    private static void RunBleu(ConformanceCase vector, Comparison compare)
    {
        Assert.Equal("13a", vector.Config.Text("tokenize"));
        Assert.Equal("exp", vector.Config.Text("smooth_method"));
        Assert.Equal(Bleu.MaximumOrder, vector.Config.Integer("max_ngram_order"));
        Assert.False(vector.Config.Flag("effective_order"));
        bool lowercase = vector.Config.Flag("lowercase");
        string[] hypotheses = Texts(vector.Inputs.GetProperty("hypotheses"));
        string[][] references = [.. vector.Inputs.GetProperty("references").EnumerateArray().Select(Texts)];
        var bleu = Bleu.OfCorpus(hypotheses, references, lowercase);

        compare.Output("score", bleu.Score);
        compare.Output("counts", [.. bleu.Counts.Select(count => (double)count)]);
        compare.Output("totals", [.. bleu.Totals.Select(total => (double)total)]);
        compare.Output("precisions", bleu.Precisions.ToArray());
        compare.Output("bp", bleu.BrevityPenalty);
        compare.Output("sys_len", bleu.HypothesisLength);
        compare.Output("ref_len", bleu.ReferenceLength);
        CompareTokens(compare, "tokenized_hypotheses", [hypotheses], [Texts(vector.Expected.GetProperty("tokenized_hypotheses"))], lowercase);
        CompareTokens(compare, "tokenized_references", references, [.. vector.Expected.GetProperty("tokenized_references").EnumerateArray().Select(Texts)], lowercase);
    }

    private static void CompareTokens(Comparison compare, string name, string[][] texts, string[][] expected, bool lowercase)
    {
        string[] actual = [.. texts.SelectMany(set => set).Select(text => string.Join(' ', BleuTokenizer.Split(text, lowercase)))];
        string[] wanted = [.. expected.SelectMany(set => set)];
        compare.Structure(name, actual.SequenceEqual(wanted, StringComparer.Ordinal), $"actual {string.Join(" | ", actual)}, expected {string.Join(" | ", wanted)}");
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];
}
