namespace Carousel.Runtime.Decoding;

/// <summary>
/// Beam search over several sequences at once, whose hypotheses share each step of the predictor. Deterministic, and what a sequence gives does not depend on those beside it.
/// </summary>
/// <remarks>
/// Of all continuations by one token of a sequence's hypotheses, the K most probable are followed; ones that end keep their place, so that the beam narrows as hypotheses end.
/// A sequence is done when nothing is left to follow or when no hypothesis can any longer reach the score of the worst that would be returned, so stopping early changes no
/// result: log-probabilities only fall, coverage only subtracts, and what they are divided by is largest at the greatest length. Of equal continuations that of the better
/// hypothesis is taken, then the lower token; of equal scores the one that ended first.
/// </remarks>
public static class BeamSearch
{
    /// <summary>Searches.</summary>
    /// <param name="predictor">What says which token comes next; sequence i of its first step is that of <paramref name="longest"/>[i].</param>
    /// <param name="start">The token before the first.</param>
    /// <param name="end">The token after the last.</param>
    /// <param name="longest">Most tokens of each sequence [B], the end symbol not counted, 0 or more: after so many only the end may follow.</param>
    /// <param name="config">How to search.</param>
    /// <param name="cancellationToken">Looked at before each step.</param>
    /// <returns>The hypotheses of each sequence [B], best first; fewer than asked for when there are no more, and none where nothing was possible.</returns>
    /// <exception cref="ArgumentException">The config has problems, or a length is negative.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static IReadOnlyList<IReadOnlyList<Hypothesis>> Run(
        ITokenPredictor predictor, int start, int end, IReadOnlyList<int> longest, BeamConfig config, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(longest);
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(config));
        }

        var beams = new SentenceBeam[longest.Count];
        int[] origins = new int[longest.Count * config.Beam], tokens = new int[origins.Length];
        for (int at = 0; at < beams.Length; at++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(longest[at], nameof(longest));
            beams[at] = new SentenceBeam(config, end, longest[at], row: at);
            (origins[at], tokens[at]) = (at, start);
        }

        for (int rows = beams.Length; rows > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            predictor.Step(origins.AsSpan(0, rows), tokens.AsSpan(0, rows));
            int following = 0;
            foreach (SentenceBeam beam in beams)
            {
                beam.Follow(predictor);
                following += beam.Count;
            }

            rows = following;
            Place(beams, origins.AsSpan(0, rows), tokens.AsSpan(0, rows));
        }

        return [.. beams.Select(static beam => beam.Found())];
    }

    // Gives each hypothesis its row of the next step: that of the hypothesis it continues, if that row remains and nobody has it, so that few states move.
    private static void Place(SentenceBeam[] beams, Span<int> origins, Span<int> tokens)
    {
        const int free = -1;
        origins.Fill(free);
        foreach (SentenceBeam beam in beams)
        {
            foreach (ref SentenceBeam.Followed hypothesis in beam.Hypotheses)
            {
                int origin = hypothesis.Row;
                bool stays = origin < origins.Length && origins[origin] == free;
                hypothesis.Row = stays ? origin : ~origin;
                if (stays)
                {
                    (origins[origin], tokens[origin]) = (origin, hypothesis.Token);
                }
            }
        }

        int next = 0;
        foreach (SentenceBeam beam in beams)
        {
            foreach (ref SentenceBeam.Followed hypothesis in beam.Hypotheses)
            {
                if (hypothesis.Row < 0)
                {
                    next += origins[next..].IndexOf(free);
                    (origins[next], tokens[next]) = (~hypothesis.Row, hypothesis.Token);
                    hypothesis.Row = next;
                }
            }
        }
    }
}
