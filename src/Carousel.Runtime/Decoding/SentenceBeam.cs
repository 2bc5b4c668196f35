namespace Carousel.Runtime.Decoding;

/// <summary>The hypotheses of one sequence during a <see cref="BeamSearch"/>.</summary>
internal sealed class SentenceBeam
{
    // A source position that was never looked at must not make a score infinite.
    private const float LeastCoverage = 1e-30f;

    private readonly BeamConfig _config;
    private readonly BestContinuations _continuations;
    private readonly List<Hypothesis> _found = [];
    private readonly int _end, _longest;

    // Every token ever followed, with the place of the one before it: a hypothesis is the way back from its last.
    private readonly List<(int Before, int Token)> _path = [(-1, -1)];
    private Followed[] _followed, _next;
    private float[][] _coverage, _nextCoverage;
    private int _length, _ended;

    /// <summary>A beam that holds the empty hypothesis.</summary>
    /// <param name="config">How to search.</param>
    /// <param name="end">The token after the last.</param>
    /// <param name="longest">Most tokens.</param>
    /// <param name="row">The predictor's row of the empty hypothesis.</param>
    public SentenceBeam(BeamConfig config, int end, int longest, int row)
    {
        (_config, _end, _longest, Count) = (config, end, longest, 1);
        _continuations = new BestContinuations(config.Beam);
        (_followed, _next) = (new Followed[config.Beam], new Followed[config.Beam]);
        (_coverage, _nextCoverage) = (new float[config.Beam][], new float[config.Beam][]);
        _followed[0].Row = row;
    }

    /// <summary>Hypotheses to follow; 0 when the search is over.</summary>
    public int Count { get; private set; }

    /// <summary>Those hypotheses, best first.</summary>
    public Span<Followed> Hypotheses => _followed.AsSpan(0, Count);

    /// <summary>The best that ended, best first.</summary>
    public IReadOnlyList<Hypothesis> Found() => _found;

    /// <summary>Replaces the hypotheses by their best continuations; those have the rows of what they continue.</summary>
    /// <param name="predictor">After its step.</param>
    public void Follow(ITokenPredictor predictor)
    {
        if (Count == 0)
        {
            return;
        }

        _continuations.Clear(_config.Beam - _ended);
        for (int at = 0; at < Count; at++)
        {
            Followed hypothesis = _followed[at];
            ReadOnlySpan<float> next = predictor.LogProbabilities(hypothesis.Row);
            Cover(at, predictor);
            if (_length == _longest)
            {
                _continuations.Offer(at, _end, hypothesis.LogProbability + next[_end]);
            }
            else
            {
                _continuations.Offer(at, hypothesis.LogProbability, next);
            }
        }

        _length++;
        int count = 0;
        for (int at = 0; at < _continuations.Count; at++)
        {
            ref readonly BestContinuations.Continuation best = ref _continuations[at];
            if (best.Token == _end)
            {
                _ended++;
                Keep(best);
                continue;
            }

            ref readonly Followed parent = ref _followed[best.Parent];
            _path.Add((parent.Last, best.Token));
            _next[count] = new Followed { Row = parent.Row, Token = best.Token, Last = _path.Count - 1, LogProbability = best.LogProbability };
            if (_coverage[best.Parent] is { } seen)
            {
                seen.CopyTo(_nextCoverage[count] ??= new float[seen.Length], 0);
            }

            count++;
        }

        (_followed, _next) = (_next, _followed);
        (_coverage, _nextCoverage) = (_nextCoverage, _coverage);
        Count = count > 0 && MayWin(_followed[0].LogProbability) ? count : 0;
    }

    private bool MayWin(double logProbability) =>
        _found.Count < _config.Best || logProbability / _config.Divisor(_longest + 1) > _found[^1].Score;

    // Adds what the step looked at.
    private void Cover(int at, ITokenPredictor predictor)
    {
        if (_config.CoveragePenalty == 0)
        {
            return;
        }

        ReadOnlySpan<float> looked = predictor.Attention(_followed[at].Row);
        Span<float> seen = _coverage[at] ??= new float[looked.Length];
        for (int position = 0; position < seen.Length; position++)
        {
            seen[position] += looked[position];
        }
    }

    private void Keep(in BestContinuations.Continuation ended)
    {
        double score = ended.LogProbability / _config.Divisor(_length);
        if (_config.CoveragePenalty > 0)
        {
            double missed = 0;
            foreach (float sum in _coverage[ended.Parent])
            {
                missed += Math.Log(Math.Clamp(sum, LeastCoverage, 1));
            }

            score += _config.CoveragePenalty * missed;
        }

        int place = _found.FindIndex(other => score > other.Score);
        place = place < 0 ? _found.Count : place;
        if (place < _config.Best)
        {
            _found.Insert(place, new Hypothesis(Path(_followed[ended.Parent].Last), ended.LogProbability, score));
            _found.RemoveRange(Math.Min(_found.Count, _config.Best), Math.Max(0, _found.Count - _config.Best));
        }
    }

    private int[] Path(int last)
    {
        int[] tokens = new int[_length - 1];
        for (int at = tokens.Length - 1; at >= 0; at--)
        {
            (last, tokens[at]) = _path[last];
        }

        return tokens;
    }

    /// <summary>A hypothesis that has not ended.</summary>
    public struct Followed
    {
        /// <summary>The predictor's row.</summary>
        public int Row;

        /// <summary>Its last token.</summary>
        public int Token;

        /// <summary>Place of that token among all that were followed; 0 for none.</summary>
        public int Last;

        /// <summary>ln P of its tokens.</summary>
        public double LogProbability;
    }
}
