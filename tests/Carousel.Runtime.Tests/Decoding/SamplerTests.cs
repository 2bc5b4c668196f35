using Carousel.Runtime.Decoding;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Decoding;

public sealed class SamplerTests
{
    // Probabilities 0.4, 0.3, 0.2, 0.1, of logits that are not their logarithms.
    private static readonly float[] Probabilities = [0.3f, 0.1f, 0.4f, 0.2f], Logits = [.. Probabilities.Select(p => MathF.Log(p) + 5)];

    [Fact]
    public void Next_draws_with_the_given_probabilities() => AssertShares(new SamplingConfig(), Probabilities);

    [Fact]
    public void Temperature_is_an_exponent() => AssertShares(new SamplingConfig { Temperature = 0.5 }, [0.09f / 0.3f, 0.01f / 0.3f, 0.16f / 0.3f, 0.04f / 0.3f]);

    [Theory]
    [InlineData(1, new[] { 0f, 0, 1, 0 })]
    [InlineData(2, new[] { 3 / 7f, 0, 4 / 7f, 0 })]
    [InlineData(9, new[] { 0.3f, 0.1f, 0.4f, 0.2f })]
    public void Top_k_leaves_the_most_probable(int k, float[] expected) => AssertShares(new SamplingConfig { TopK = k }, expected);

    [Theory]
    [InlineData(0.39, new[] { 0f, 0, 1, 0 })]
    [InlineData(0.41, new[] { 3 / 7f, 0, 4 / 7f, 0 })]
    [InlineData(0.69, new[] { 3 / 7f, 0, 4 / 7f, 0 })]
    [InlineData(0.71, new[] { 3 / 9f, 0, 4 / 9f, 2 / 9f })]
    public void Top_p_leaves_the_fewest_that_have_the_share(double p, float[] expected) => AssertShares(new SamplingConfig { TopP = p }, expected);

    [Fact]
    public void Top_p_counts_what_top_k_left() => AssertShares(new SamplingConfig { TopK = 2, TopP = 0.56 }, [0, 0, 1, 0]);

    [Fact]
    public void Top_p_of_many_tokens_is_that_of_a_full_sort()
    {
        float[] logits = [.. Enumerable.Range(0, 997).Select(i => (i * 7919 % 997) / 90f)];
        var sampler = new Sampler(logits.Length, new SamplingConfig { TopP = 0.7 });
        double total = logits.Sum(logit => Math.Exp(logit)), sum = 0;
        HashSet<int> nucleus = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).TakeWhile(i => { bool goes = sum < 0.7 * total; sum += Math.Exp(logits[i]); return goes; })];
        HashSet<int> seen = [];
        for (int i = 0; i < 200_000; i++)
        {
            seen.Add(sampler.Next(logits));
        }

        Assert.Equal(nucleus.Order(), seen.Order());
    }

    [Fact]
    public void Temperature_zero_takes_the_most_probable_and_the_lowest_id_of_equal_ones()
    {
        Assert.Equal(2, new Sampler(4, new SamplingConfig { Temperature = 0 }).Next(Logits));
        Assert.Equal(1, new Sampler(3, new SamplingConfig { Temperature = 0 }).Next([0, 1, 1]));
    }

    [Fact]
    public void Repetition_penalty_raises_the_probability_of_recent_tokens_to_a_power_and_forgets()
    {
        // 0.4² = 0.16 is less than 0.3; then 0.3² = 0.09 is less than 0.2; then the first is forgotten.
        var sampler = new Sampler(4, new SamplingConfig { Temperature = 0, RepetitionPenalty = 2, RepetitionWindow = 2 });
        Assert.Equal([2, 0, 3, 2, 0, 3, 2], Enumerable.Range(0, 7).Select(_ => sampler.Next(Logits)));

        // The same for what was observed, and for numbers that are shifted.
        sampler.Reset();
        sampler.Observe(2);
        Assert.Equal(0, sampler.Next([.. Logits.Select(logit => logit - 30)]));
    }

    [Fact]
    public void Same_seed_gives_the_same_tokens_and_reset_begins_again()
    {
        var sampler = new Sampler(4, new SamplingConfig { Seed = 7 });
        int[] first = [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits))];
        sampler.Reset();
        Assert.Equal(first, Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits)));
        var other = new Sampler(4, new SamplingConfig { Seed = 8 });
        Assert.NotEqual(first, Enumerable.Range(0, 50).Select(_ => other.Next(Logits)));
    }

    [Fact]
    public void Excluded_tokens_and_those_of_minus_infinity_never_come()
    {
        var sampler = new Sampler(4, new SamplingConfig(), 2, 0);
        Assert.All(Enumerable.Range(0, 200), _ => Assert.Equal(3, sampler.Next([0, float.NegativeInfinity, 9, -9])));
        Assert.Throws<ArgumentException>(() => new Sampler(2, new SamplingConfig(), 0, 1));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_no_numbers_are_refused(float wrong)
    {
        var sampler = new Sampler(2, new SamplingConfig { Temperature = 0 });
        Assert.Contains("no probabilities", Assert.Throws<ArgumentException>(() => sampler.Next([wrong, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 2", Assert.Throws<ArgumentException>(() => sampler.Next([1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_lists_every_problem()
    {
        var wrong = new SamplingConfig { Temperature = -1, TopK = -1, TopP = 0, RepetitionPenalty = 0.5, RepetitionWindow = 0 };
        Assert.Equal(["temperature", "top_k", "top_p", "repetition_penalty", "repetition_window"], wrong.Validate().Select(problem => problem.Split(' ')[0]));
        Assert.Throws<ArgumentException>(() => new Sampler(2, wrong));
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(40, 0.9)]
    [InlineData(0, 0.9)]
    public void Next_allocates_nothing(int k, double p)
    {
        var sampler = new Sampler(4, new SamplingConfig { TopK = k, TopP = p, RepetitionPenalty = 1.1 });
        Assert.Equal(0, Allocations.OfCalls(warmUp: 10, calls: 1000, () => sampler.Next(Logits)));
    }

    private static void AssertShares(SamplingConfig config, float[] expected)
    {
        const int draws = 40_000;
        var sampler = new Sampler(4, config);
        int[] counts = new int[4];
        for (int i = 0; i < draws; i++)
        {
            counts[sampler.Next(Logits)]++;
        }

        for (int token = 0; token < 4; token++)
        {
            // Four standard deviations of a share.
            double deviation = Math.Sqrt(expected[token] * (1 - expected[token]) / draws);
            Assert.Equal(expected[token], counts[token] / (double)draws, (4 * deviation) + 1e-9);
        }
    }
}
