using Carousel.Runtime.Decoding;

namespace Carousel.Runtime.Tests.Decoding;

public sealed class BeamSearchTests
{
    private const int Start = 0, End = 1;

    public static TheoryData<LengthNormalisation, double, double> Scores => new()
    {
        { LengthNormalisation.Wu, 0, 0 },
        { LengthNormalisation.Wu, 0.6, 0 },
        { LengthNormalisation.Wu, 1.7, 0.3 },
        { LengthNormalisation.Length, 1, 0 },
        { LengthNormalisation.Length, 0.5, 0.2 },
    };

    [Theory]
    [MemberData(nameof(Scores))]
    public void Run_wide_beam_finds_what_enumeration_finds(LengthNormalisation normalisation, double lengthPenalty, double coverage)
    {
        // 1 + 3 + 9 + 27 + 81 sequences of at most four tokens that are not the end.
        const int longest = 4, vocabulary = 4, all = 121;
        var config = new BeamConfig { Beam = all, Best = 7, Normalisation = normalisation, LengthPenalty = lengthPenalty, CoveragePenalty = coverage };
        for (int seed = 0; seed < 25; seed++)
        {
            var predictor = new RandomPredictor(vocabulary, seed) { Positions = 3 };
            Hypothesis[] expected = [.. Enumerate(predictor, longest, config).OrderByDescending(hypothesis => hypothesis.Score).Take(config.Best)];
            IReadOnlyList<Hypothesis> found = Search(predictor, [longest], config)[0];
            Assert.Equal(expected.Select(Text), found.Select(Text));
            Assert.Equal(expected.Select(hypothesis => hypothesis.Score), found.Select(hypothesis => hypothesis.Score), Near);
            Assert.Equal(expected.Select(hypothesis => hypothesis.LogProbability), found.Select(hypothesis => hypothesis.LogProbability), Near);
        }
    }

    [Theory]
    [MemberData(nameof(Scores))]
    public void Run_stops_early_only_when_nothing_can_win(LengthNormalisation normalisation, double lengthPenalty, double coverage)
    {
        int saved = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            var config = new BeamConfig { Beam = 1 + (seed % 6), Best = 1 + (seed % 6 / 2), Normalisation = normalisation, LengthPenalty = lengthPenalty, CoveragePenalty = coverage };
            var early = new RandomPredictor(5, seed) { Positions = 4, Grid = seed % 2 * 0.25f };
            IReadOnlyList<Hypothesis> found = Search(early, [9], config)[0];
            (List<Hypothesis> expected, int steps) = SearchToTheEnd(new RandomPredictor(5, seed) { Positions = 4, Grid = seed % 2 * 0.25f }, 9, config);
            Assert.Equal(expected.Select(Text), found.Select(Text));
            Assert.Equal(expected.Select(hypothesis => hypothesis.Score), found.Select(hypothesis => hypothesis.Score));
            saved += steps - early.Steps;
        }

        // Where length counts for more, the longest of these short hypotheses may win to the end.
        Assert.True(saved > 0 || lengthPenalty >= 1, "no search stopped early");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Run_beam_of_one_equals_greedy(float grid)
    {
        for (int seed = 0; seed < 200; seed++)
        {
            int longest = seed % 12;
            int[] greedy = [.. GreedySearch.Run(new RandomPredictor(7, seed) { Grid = grid }, Start, End, longest)];
            Hypothesis beam = Assert.Single(Search(new RandomPredictor(7, seed) { Grid = grid }, [longest], new BeamConfig { Beam = 1 })[0]);
            Assert.Equal(greedy, beam.Tokens);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.4)]
    public void Run_batch_equals_its_sequences_alone(float grid, double coverage)
    {
        int[] seeds = [.. Enumerable.Range(1, 17)], longest = [.. seeds.Select(seed => seed * 5 % 13)];
        var config = new BeamConfig { Beam = 4, Best = 3, CoveragePenalty = coverage };
        var batch = new RandomPredictor(9, seeds) { Grid = grid, Positions = 3 };
        IReadOnlyList<IReadOnlyList<Hypothesis>> together = Search(batch, longest, config);
        for (int at = 0; at < seeds.Length; at++)
        {
            IReadOnlyList<Hypothesis> alone = Search(new RandomPredictor(9, seeds[at]) { Grid = grid, Positions = 3 }, [longest[at]], config)[0];
            Assert.Equal(alone.Select(Text), together[at].Select(Text));
            Assert.Equal(alone.Select(hypothesis => (hypothesis.Score, hypothesis.LogProbability)), together[at].Select(hypothesis => (hypothesis.Score, hypothesis.LogProbability)));
        }
    }

    [Fact]
    public void Run_length_of_nothing_gives_the_empty_sequence()
    {
        Hypothesis only = Assert.Single(Search(new RandomPredictor(4, 3), [0], new BeamConfig())[0]);
        Assert.Empty(only.Tokens);
        Assert.Equal(new RandomPredictor(4, 3).Next(0, [Start]).LogProbabilities[End], only.LogProbability);
    }

    [Fact]
    public void Run_no_sequences_gives_nothing() => Assert.Empty(Search(new RandomPredictor(4), [], new BeamConfig()));

    [Fact]
    public void Run_few_states_move()
    {
        var predictor = new RandomPredictor(30, 1, 2, 3, 4);
        Search(predictor, [12, 12, 12, 12], new BeamConfig { Beam = 1 });
        Assert.InRange(predictor.Moved, 0, 3);
    }

    [Fact]
    public void Run_config_with_problems_is_refused()
    {
        var config = new BeamConfig { Beam = 2, Best = 3, LengthPenalty = -1, CoveragePenalty = double.NaN };
        string message = Assert.Throws<ArgumentException>(() => Search(new RandomPredictor(4, 1), [1], config)).Message;
        Assert.Equal("best is 3, expected 1 … 2, the beam; length_penalty is -1, expected 0 … 10; coverage_penalty is NaN, expected 0 … 10 (Parameter 'config')", message);
    }

    [Fact]
    public void Offer_random_numbers_keeps_what_sorting_keeps()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 300; trial++)
        {
            int width = 1 + random.Next(8), length = random.Next(70), parents = 1 + random.Next(3);
            var best = new BestContinuations(8);
            best.Clear(width);
            var all = new List<(int Parent, int Token, double LogProbability)>();
            for (int parent = 0; parent < parents; parent++)
            {
                double before = -random.Next(4);
                float[] next = [.. Enumerable.Range(0, length).Select(_ => random.Next(9) switch { 0 => float.NaN, 1 => float.NegativeInfinity, var value => value * -0.37f })];
                best.Offer(parent, before, next);
                all.AddRange(next.Select((value, token) => (parent, token, before + value)).Where(each => each.Item3 > double.NegativeInfinity));
            }

            Assert.Equal(
                all.OrderByDescending(each => each.LogProbability).Take(width),
                Enumerable.Range(0, best.Count).Select(at => (best[at].Parent, best[at].Token, best[at].LogProbability)));
        }
    }

    private static IReadOnlyList<IReadOnlyList<Hypothesis>> Search(RandomPredictor predictor, int[] longest, BeamConfig config) =>
        BeamSearch.Run(predictor, Start, End, longest, config, TestContext.Current.CancellationToken);

    private static string Text(Hypothesis hypothesis) => string.Join(' ', hypothesis.Tokens);

    private static bool Near(double expected, double found) => Math.Abs(expected - found) < 1e-5;

    private static IEnumerable<Hypothesis> Enumerate(RandomPredictor predictor, int longest, BeamConfig config)
    {
        var open = new Queue<(int[] Tokens, double LogProbability, float[] Seen)>([([Start], 0, new float[predictor.Positions])]);
        while (open.TryDequeue(out (int[] Tokens, double LogProbability, float[] Seen) prefix))
        {
            (float[] next, float[] looked) = predictor.Next(0, prefix.Tokens);
            float[] seen = [.. prefix.Seen.Zip(looked, (before, now) => before + now)];
            yield return Ended(prefix.Tokens[1..], prefix.LogProbability + next[End], seen, config);
            for (int token = 0; token < next.Length && prefix.Tokens.Length <= longest; token++)
            {
                if (token != End)
                {
                    open.Enqueue(([.. prefix.Tokens, token], prefix.LogProbability + next[token], seen));
                }
            }
        }
    }

    private static Hypothesis Ended(int[] tokens, double logProbability, float[] seen, BeamConfig config)
    {
        int length = tokens.Length + 1;
        double divisor = Math.Pow(config.Normalisation == LengthNormalisation.Wu ? (5.0 + length) / 6 : length, config.LengthPenalty);
        double score = logProbability / divisor;
        return new Hypothesis(tokens, logProbability, config.CoveragePenalty == 0 ? score : score + (config.CoveragePenalty * seen.Sum(sum => Math.Log(Math.Min(sum, 1.0)))));
    }

    // The algorithm once more, by sorting and without an early stop.
    private static (List<Hypothesis> Found, int Steps) SearchToTheEnd(RandomPredictor predictor, int longest, BeamConfig config)
    {
        var found = new List<Hypothesis>();
        List<(int[] Tokens, double LogProbability, float[] Seen)> beam = [([Start], 0, new float[predictor.Positions])];
        int steps = 0, ended = 0;
        for (; beam.Count > 0; steps++)
        {
            var all = new List<(int[] Tokens, double LogProbability, float[] Seen)>();
            foreach ((int[] tokens, double logProbability, float[] seen) in beam)
            {
                (float[] next, float[] looked) = predictor.Next(0, tokens);
                float[] after = [.. seen.Zip(looked, (before, now) => before + now)];
                all.AddRange(next.Select((value, token) => ((int[])[.. tokens, token], logProbability + value, after)).Where((_, token) => tokens.Length <= longest || token == End));
            }

            beam = [.. all.OrderByDescending(each => each.LogProbability).Take(config.Beam - ended)];
            found.AddRange(beam.Where(each => each.Tokens[^1] == End).Select(each => Ended(each.Tokens[1..^1], each.LogProbability, each.Seen, config)));
            ended += beam.RemoveAll(each => each.Tokens[^1] == End);
        }

        return ([.. found.OrderByDescending(hypothesis => hypothesis.Score).Take(config.Best)], steps);
    }
}
