using Carousel.Runtime.Kernels;
using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// The most probable text by prefix beam search (Hannun et al. 2014; Graves 2006): the probability of a text is summed over all its alignments with the time steps, not taken
/// from the best one, and the language model decides with it. Takes one time step at a time, and can be asked for its best text at any.
/// </summary>
/// <remarks>
/// score(text) = ln Σ p(alignment) + α·ln p(text) + β·tokens + hot words. Each text is kept with two sums: over the alignments that end in a blank, after which its last label
/// may come again as a new one, and over those that end in its last label. With a width that nothing falls out of, the result is exact. Beside the sums goes the best single
/// alignment of each kind, which says when the labels were heard. A step allocates nothing once the buffers have grown. For one thread at a time.
/// </remarks>
public sealed class CtcBeamSearch
{
    private const int UsualLonger = 1024, UsualTexts = 16;

    private static readonly Comparison<Rank> ByScore = static (x, y) => x.Score != y.Score ? y.Score.CompareTo(x.Score) : x.Place.CompareTo(y.Place);

    private readonly CtcScorer _scorer;
    private readonly int _classes, _blank;
    private readonly float[] _shares;
    private readonly LanguageMemory? _memory;
    private readonly LanguageContext[] _contexts;
    private readonly (TextScore Score, bool IsWhole)[] _ended;
    private readonly int[] _held;
    private TextTree _texts;
    private LabelPaths _paths;
    private CtcBeam[] _beams;
    private int _count;

    // Sums of the next step: first those of the texts in the beam, then those of longer ones.
    private readonly CtcBeam[] _next;
    private Longer[] _longer;
    private Rank[] _ranks;
    private int _longerCount;
    private int[] _placeOf;

    /// <summary>Starts with the empty text.</summary>
    /// <param name="scorer">What texts are worth beside what is heard.</param>
    /// <param name="blank">The class that stands for no label.</param>
    public CtcBeamSearch(CtcScorer scorer, int blank = 0)
        : this(scorer ?? throw new ArgumentNullException(nameof(scorer)), blank, scorer.OpenMemory()) => Reset();

    private CtcBeamSearch(CtcScorer scorer, int blank, LanguageMemory? memory)
    {
        int width = scorer.Config.Width;
        (_scorer, _blank, _classes, _memory) = (scorer, blank, scorer.Labels.Count + 1, memory);
        _shares = new float[_classes];

        // Room for the usual, so that a stream need not grow.
        int longer = Math.Min(UsualLonger, width * (_classes - 1));
        (_longer, _ranks, _placeOf) = (new Longer[longer], new Rank[width + longer], new int[UsualTexts * width]);
        _texts = new TextTree(CtcScorer.Empty(memory), UsualTexts * width);
        (_paths, _held) = (new LabelPaths(UsualTexts * width), new int[2 * width]);
        (_beams, _next, _contexts, _ended) = (new CtcBeam[width], new CtcBeam[width], new LanguageContext[width], new (TextScore, bool)[width]);
    }

    /// <summary>Time steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Forgets what was heard.</summary>
    public void Reset()
    {
        _texts.Clear(CtcScorer.Empty(_memory));
        _paths.Clear();
        _beams[0] = CtcBeam.Silence;
        (_count, Steps) = (1, 0);
    }

    /// <summary>A search that has heard the same and goes its own way.</summary>
    public CtcBeamSearch Fork() => new(_scorer, _blank, _memory?.Copy()) { _texts = _texts.Copy(), _paths = _paths.Copy(), _beams = [.. _beams], _count = _count, Steps = Steps };

    /// <summary>Takes one time step.</summary>
    /// <param name="logits">[C], before any soft-max.</param>
    /// <exception cref="ArgumentException">There are more or fewer than one for each class.</exception>
    public void Step(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _classes)
        {
            throw new ArgumentException($"a time step has {_classes} classes, found {logits.Length}", nameof(logits));
        }

        // Each text in the beam, and each that comes into it, may be heard at another moment.
        _paths.Reserve(3 * _beams.Length, Held());
        LetGo();
        float logSum = KernelCatalog.Selected.Softmax(logits, _shares);
        float smallest = Math.Min(_scorer.Config.SmallestShare, _shares[CtcGreedy.Best(_shares)]);
        Stay(logits, logSum);
        _longerCount = 0;
        for (int label = 0; label < _classes; label++)
        {
            if (label != _blank && _shares[label] >= smallest)
            {
                Grow(label, logits[label] - logSum);
            }
        }

        Choose();
        Steps++;
    }

    /// <summary>The best text so far, as if the utterance ended here.</summary>
    /// <param name="labels">Receives what it consists of.</param>
    /// <returns>Its score in nats.</returns>
    public double Best(List<HeardLabel> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        for (int at = 0; at < _count; at++)
        {
            TextScore whole = _texts[_beams[at].Text].Score;
            bool ends = _scorer.TryEndWord(_memory, ref whole);
            (_ended[at], _contexts[at]) = ((whole, ends), whole.Context);
        }

        _memory?.Settle(_contexts.AsSpan(0, _count));
        int best = -1;
        double score = double.NegativeInfinity;
        bool isWhole = false;

        // A text that may not end here counts only when none may.
        for (int at = 0; at < _count; at++)
        {
            (TextScore whole, bool ends) = _ended[at];
            whole.Context = _contexts[at];
            double found = _beams[at].Total + _scorer.WorthAtEnd(_memory, whole);
            if (best < 0 || (ends && !isWhole) || (ends == isWhole && found > score))
            {
                (best, score, isWhole) = (at, found, ends);
            }
        }

        labels.Clear();
        int path = _beams[best].BestPath;
        for (int text = _beams[best].Text; text != TextTree.Empty; text = _texts[text].Parent)
        {
            labels.Add(new HeardLabel(_texts[text].Label, _paths[path].Step, MathF.Exp(_paths[path].LogShare)));
            path = _paths[path].Before;
        }

        labels.Reverse();
        return score;
    }

    /// <summary>Writes what was heard: the texts that are followed, with all their beginnings, and their sums.</summary>
    internal void Save(StateWriter state)
    {
        state.Long(Steps);
        Dictionary<int, int> numbers = _texts.Save(state, _beams.Take(_count).Select(static beam => beam.Text));
        _paths.Save(state, Held());
        LetGo();
        state.Long(_count);
        for (int at = 0; at < _count; at++)
        {
            ref CtcBeam beam = ref _beams[at];
            state.Long(numbers[beam.Text]);
            beam.Save(state);
            CtcScorer.Save(state, _texts[beam.Text].Score);
            _contexts[at] = _texts[beam.Text].Score.Context;
        }

        _memory?.Save(state, _contexts.AsSpan(0, _count));
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    internal void Restore(StateReader state)
    {
        Reset();
        Steps = state.Int(0, int.MaxValue);
        (int Text, int Length)[] texts = _texts.Restore(state, _classes, _blank);
        int[] paths = _paths.Restore(state);
        int count = state.Int(1, _beams.Length);
        for (int at = 0; at < count; at++)
        {
            int number = state.Int(0, texts.Length - 1);
            (int text, int length) = texts[number];
            CtcBeam beam = _beams[at] = CtcBeam.Restore(state, text, paths.Length);
            if (paths[beam.BestPath] != length || (beam.BestLabel > double.NegativeInfinity && paths[beam.LabelPath] != length))
            {
                throw new InvalidDataException($"text {number} has {length} labels, but not as many times");
            }

            _texts[text].Score = _scorer.Restore(state);
            if (text != TextTree.Empty)
            {
                _texts.Hold(text);
            }
        }

        _count = count;
        _memory?.Restore(state, _contexts.AsSpan(0, count));
        for (int at = 0; at < count; at++)
        {
            _texts[_beams[at].Text].Score.Context = _contexts[at];
        }
    }

    // The same texts, by another blank or their last label once more.
    private void Stay(ReadOnlySpan<float> logits, float logSum)
    {
        for (int at = 0; at < _count; at++)
        {
            CtcBeam beam = _beams[at];
            int label = beam.Text == TextTree.Empty ? _blank : _texts[beam.Text].Label;
            float blankShare = logits[_blank] - logSum, labelShare = label == _blank ? float.NegativeInfinity : logits[label] - logSum;
            _next[at] = new CtcBeam
            {
                Text = beam.Text,
                Blank = beam.Total + blankShare,
                Label = beam.Label + labelShare,
                BestBlank = beam.Best + blankShare,
                BlankPath = beam.BestPath,
                BestLabel = beam.BestLabel + labelShare,
                LabelPath = Heard(beam, labelShare),
            };

            if (beam.Text >= _placeOf.Length)
            {
                Array.Resize(ref _placeOf, 2 * beam.Text);
            }

            _placeOf[beam.Text] = at;
        }
    }

    // Each text with one label more. A longer text may be in the beam already.
    private void Grow(int label, float logShare)
    {
        for (int at = 0; at < _count; at++)
        {
            CtcBeam beam = _beams[at];
            bool repeats = beam.Text != TextTree.Empty && _texts[beam.Text].Label == label;
            double heard = (repeats ? beam.Blank : beam.Total) + logShare;
            if (double.IsNegativeInfinity(heard))
            {
                continue;
            }

            int text = _texts.Find(beam.Text, label);
            if (text >= 0 && text < _placeOf.Length && _placeOf[text] < _count && _beams[_placeOf[text]].Text == text)
            {
                ref CtcBeam known = ref _next[_placeOf[text]];
                known.Label = CtcBeam.LogSum(known.Label, heard);
                double best = (repeats ? beam.BestBlank : beam.Best) + logShare;
                if (best > known.BestLabel)
                {
                    (known.BestLabel, known.LabelPath) = (best, _paths.Add(repeats ? beam.BlankPath : beam.BestPath, Steps, logShare));
                }
            }
            else if (_scorer.TryExtend(_memory, _texts[beam.Text].Score, label, out TextScore score))
            {
                if (_longerCount == _longer.Length)
                {
                    Array.Resize(ref _longer, 2 * _longerCount);
                }

                _longer[_longerCount++] = new Longer { Parent = beam.Text, Label = label, Heard = heard, LogShare = logShare, Score = score, Best = (repeats ? beam.BestBlank : beam.Best) + logShare, Path = repeats ? beam.BlankPath : beam.BestPath };
            }
        }
    }

    // The best texts of the old and the longer ones; of equally good ones the first.
    private void Choose()
    {
        int total = _count + _longerCount;
        if (total > _ranks.Length)
        {
            Array.Resize(ref _ranks, 2 * total);
        }

        Span<Rank> ranks = _ranks.AsSpan(0, total);
        for (int at = 0; at < _count; at++)
        {
            ranks[at] = new Rank(_next[at].Total + _scorer.Worth(_texts[_next[at].Text].Score), at);
        }

        for (int at = 0; at < _longerCount; at++)
        {
            ranks[_count + at] = new Rank(_longer[at].Heard + _scorer.Worth(_longer[at].Score), _count + at);
        }

        int kept = Math.Min(total, _beams.Length), count = 0;
        if (total > kept)
        {
            ranks.Sort(ByScore);
        }

        int before = _count;
        Span<int> old = _held.AsSpan(0, before);
        for (int at = 0; at < before; at++)
        {
            old[at] = _beams[at].Text;
        }

        foreach (Rank rank in ranks[..kept])
        {
            CtcBeam beam;
            if (rank.Place < before)
            {
                beam = _next[rank.Place];
            }
            else
            {
                ref Longer longer = ref _longer[rank.Place - before];
                int text = _texts.Find(longer.Parent, longer.Label);
                text = text >= 0 ? text : _texts.Add(longer.Parent, longer.Label, longer.Score);

                // One that comes back after it was dropped: what the language model knew of it may be gone.
                _texts[text].Score = longer.Score;
                beam = new CtcBeam
                {
                    Text = text,
                    Blank = double.NegativeInfinity,
                    Label = longer.Heard,
                    BestBlank = double.NegativeInfinity,
                    BestLabel = longer.Best,
                    LabelPath = _paths.Add(longer.Path, Steps, longer.LogShare),
                };
            }

            if (beam.Text != TextTree.Empty)
            {
                _texts.Hold(beam.Text);
            }

            _beams[count++] = beam;
        }

        foreach (int text in old)
        {
            _texts.Release(text);
        }

        _count = count;
        Settle();
    }

    // Lets the language model take the last token of all texts that are new, at once.
    private void Settle()
    {
        if (_memory is null)
        {
            return;
        }

        for (int at = 0; at < _count; at++)
        {
            _contexts[at] = _texts[_beams[at].Text].Score.Context;
        }

        _memory.Settle(_contexts.AsSpan(0, _count));
        for (int at = 0; at < _count; at++)
        {
            _texts[_beams[at].Text].Score.Context = _contexts[at];
        }
    }

    // The path of a text whose last label goes on: its moment is the most probable one.
    private int Heard(in CtcBeam beam, float labelShare) =>
        beam.BestLabel > double.NegativeInfinity && labelShare > _paths[beam.LabelPath].LogShare ? _paths.Add(_paths[beam.LabelPath].Before, Steps, labelShare) : beam.LabelPath;

    private Span<int> Held()
    {
        for (int at = 0; at < _count; at++)
        {
            (_held[2 * at], _held[(2 * at) + 1]) = (_beams[at].BlankPath, _beams[at].LabelPath);
        }

        return _held.AsSpan(0, 2 * _count);
    }

    // Takes the paths back, which may have moved.
    private void LetGo()
    {
        for (int at = 0; at < _count; at++)
        {
            (_beams[at].BlankPath, _beams[at].LabelPath) = (_held[2 * at], _held[(2 * at) + 1]);
        }
    }

    /// <summary>A text with one label more that is not in the beam yet.</summary>
    private struct Longer
    {
        public int Parent;
        public int Label;
        public double Heard;
        public float LogShare;
        public TextScore Score;
        public double Best;
        public int Path;
    }

    private readonly record struct Rank(double Score, int Place);
}
