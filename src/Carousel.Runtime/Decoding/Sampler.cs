using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Decoding;

/// <summary>Draws the tokens of one sequence. It remembers its random state and the last tokens; a draw allocates nothing. For one thread at a time.</summary>
public sealed class Sampler
{
    private readonly SamplingConfig _config;
    private readonly KernelSet _kernels = KernelCatalog.Selected;
    private readonly float[] _scores, _probabilities;
    private readonly int[] _tokens, _recent, _occurrences;
    private readonly BestContinuations _best;
    private readonly bool[] _isExcluded;
    private readonly Comparison<int> _byProbability;
    private ulong _random;
    private int _seen;

    /// <summary>Makes a sampler.</summary>
    /// <param name="vocabularySize">V, 1 or more.</param>
    /// <param name="config">How to draw.</param>
    /// <param name="excluded">Tokens that never come, such as padding.</param>
    /// <exception cref="ArgumentException">The config has problems (all are listed), or no token is left.</exception>
    public Sampler(int vocabularySize, SamplingConfig config, params IEnumerable<int> excluded)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(excluded);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"sampling: {string.Join("; ", problems)}");
        }

        _config = config;
        (_scores, _probabilities) = (new float[vocabularySize], new float[vocabularySize]);
        (_tokens, _occurrences, _isExcluded) = (new int[vocabularySize], new int[vocabularySize], new bool[vocabularySize]);
        _recent = new int[config.RepetitionWindow];
        _best = new BestContinuations(Math.Max(1, config.TopK));

        // Probability, then id: a key that no two tokens share leaves the order to no accident of the sort.
        _byProbability = (a, b) => _probabilities[a] != _probabilities[b] ? _probabilities[b].CompareTo(_probabilities[a]) : a.CompareTo(b);
        foreach (int token in excluded)
        {
            _isExcluded[token] = true;
        }

        if (!_isExcluded.Contains(false))
        {
            throw new ArgumentException($"all {vocabularySize} tokens are excluded", nameof(excluded));
        }

        Reset();
    }

    /// <summary>Begins a new sequence: the random state of the seed, no tokens remembered.</summary>
    public void Reset()
    {
        _random = _config.Seed;
        _seen = 0;
        _occurrences.AsSpan().Clear();
    }

    /// <summary>Remembers a token that was not drawn here, such as one of a prompt.</summary>
    /// <param name="token">0 … V − 1</param>
    public void Observe(int token)
    {
        ref int place = ref _recent[_seen % _recent.Length];
        if (_seen >= _recent.Length)
        {
            _occurrences[place]--;
        }

        place = token;
        _occurrences[token]++;

        // Kept from growing without end; what counts is the place in the ring and that it is full.
        _seen = _seen + 1 < 2 * _recent.Length ? _seen + 1 : _recent.Length;
    }

    /// <summary>Draws the next token and remembers it.</summary>
    /// <param name="logits">A number for each token [V], such that P = softmax; logits or ln P. −∞ for one that cannot come.</param>
    /// <returns>0 … V − 1</returns>
    /// <exception cref="ArgumentException">There are not V numbers, or no probabilities follow from them: one is NaN or +∞, or all are −∞.</exception>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _scores.Length)
        {
            throw new ArgumentException($"found {logits.Length} logits, expected {_scores.Length}, one for each token", nameof(logits));
        }

        Score(logits);
        int token = _config.Temperature == 0 ? GreedySearch.MostProbable(_scores) : Draw();
        Observe(token);
        return token;
    }

    // ln P, or more exactly something that differs from it by a constant.
    private void Score(ReadOnlySpan<float> logits)
    {
        float logSum = _kernels.Softmax(logits, _probabilities);
        if (!float.IsFinite(logSum))
        {
            throw new ArgumentException("the logits give no probabilities: one of them is not a number or infinite, or all are −∞", nameof(logits));
        }

        bool penalises = _config.RepetitionPenalty > 1;
        for (int token = 0; token < logits.Length; token++)
        {
            float score = logits[token] - logSum;
            _scores[token] = _isExcluded[token] ? float.NegativeInfinity : penalises && _occurrences[token] > 0 ? score * (float)_config.RepetitionPenalty : score;
        }
    }

    private int Draw()
    {
        float sharpness = (float)(1 / _config.Temperature);
        foreach (ref float score in _scores.AsSpan())
        {
            score *= sharpness;
        }

        _kernels.Softmax(_scores, _probabilities);
        int count = Candidates();
        double share = _config.TopP < 1 ? Nucleus(ref count) : Sum(count);
        double left = share * NextDouble();
        for (int i = 0; i < count - 1; i++)
        {
            left -= _probabilities[_tokens[i]];
            if (left < 0)
            {
                return _tokens[i];
            }
        }

        return _tokens[count - 1];
    }

    // The tokens that may come, with top-k or top-p the most probable first; how many.
    private int Candidates()
    {
        if (_config.TopK > 0)
        {
            _best.Clear(_config.TopK);
            _best.Offer(0, 0, _scores);
            for (int i = 0; i < _best.Count; i++)
            {
                _tokens[i] = _best[i].Token;
            }

            return _best.Count;
        }

        // All tokens below this probability together have less than 1 − P: none is among the fewest that have P.
        double floor = (1 - _config.TopP) / _scores.Length;
        int count = 0;
        for (int token = 0; token < _scores.Length; token++)
        {
            if (_probabilities[token] > 0 && _probabilities[token] >= floor)
            {
                _tokens[count++] = token;
            }
        }

        if (_config.TopP < 1)
        {
            _tokens.AsSpan(0, count).Sort(_byProbability);
        }

        return count;
    }

    // Cuts the candidates down to the fewest that have P of what all of them have.
    private double Nucleus(ref int count)
    {
        double enough = _config.TopP * (_config.TopK > 0 ? Sum(count) : 1), sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += _probabilities[_tokens[i]];
            if (sum >= enough)
            {
                count = i + 1;
            }
        }

        return sum;
    }

    private double Sum(int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += _probabilities[_tokens[i]];
        }

        return sum;
    }

    // SplitMix64 (Steele, Lea & Flood 2014): uniform in [0, 1), a multiple of 2⁻⁵³.
    private double NextDouble()
    {
        _random += 0x9E3779B97F4A7C15;
        ulong z = (_random ^ (_random >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1L << 53));
    }
}
