using Carousel.Runtime.Decoding;
using Carousel.Runtime.Plans;
using Carousel.Runtime.States;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// What an LSTM has read, for each text that a search follows: its state, and the probability of every token to come next. All texts that are new after a time step take their last
/// token together, as a batch; each gets the bits it would get alone. A text that was dropped and comes again soon is not computed again. Allocates nothing after the constructor.
/// </summary>
internal sealed class RecurrentLanguageMemory : LanguageMemory
{
    // Place 0 is the zero state, before the first token; place 1 the beginning of a text. They stay.
    private const int Nothing = 0, Beginning = 1, Permanent = 2;

    private readonly RecurrentLanguageModel _model;
    private readonly int _unknown, _texts, _vocabulary, _width;
    private readonly PlanMemory _rows;
    private readonly float[] _states, _logShares, _ids;
    private readonly Place[] _places;
    private readonly int[] _fresh;
    private readonly Dictionary<(long Parent, int Token), int> _known;
    private long _now, _named;

    /// <summary>Takes the token that texts begin after.</summary>
    /// <param name="model">The model.</param>
    /// <param name="unknown">The token that stands for unknown ones; −1 for none.</param>
    /// <param name="texts">Texts followed at one time.</param>
    public RecurrentLanguageMemory(RecurrentLanguageModel model, int unknown, int texts)
        : this(model, unknown, texts, copied: null)
    {
        Span<LanguageContext> start = [new LanguageContext(Nothing, model.Begin)];
        Settle(start);
    }

    private RecurrentLanguageMemory(RecurrentLanguageModel model, int unknown, int texts, RecurrentLanguageMemory? copied)
    {
        // Those that are followed now, and as many that follow them: what was there before a step is still needed in it.
        int places = Permanent + (2 * texts);
        (_model, _unknown, _texts) = (model, unknown, texts);
        (_vocabulary, _width) = (model.Model.OutputSize, model.Model.Plan.Layout.Slots.Sum(static slot => slot.Width));
        _rows = new PlanMemory(model.Model.Plan, texts);
        (_ids, _fresh) = (new float[texts], new int[texts]);
        _states = copied is null ? new float[checked(places * _width)] : [.. copied._states];
        _logShares = copied is null ? new float[checked(places * _vocabulary)] : [.. copied._logShares];
        _places = copied is null ? new Place[places] : [.. copied._places];
        _known = copied is null ? new Dictionary<(long, int), int>(places) : new Dictionary<(long, int), int>(copied._known);
        _known.EnsureCapacity(places);
        (_now, _named) = (copied?._now ?? 0, copied?._named ?? 0);
    }

    /// <inheritdoc/>
    public override LanguageContext Start => new(Beginning);

    /// <inheritdoc/>
    public override float Score(LanguageContext context, int token, out LanguageContext next)
    {
        token = token < 0 ? _unknown : token;
        if (token < 0)
        {
            next = context;
            return NGramModel.Impossible;
        }

        next = new LanguageContext(context.State, token);
        return _logShares[(context.State * _vocabulary) + token];
    }

    /// <inheritdoc/>
    public override float ScoreEnd(LanguageContext context) => _logShares[(context.State * _vocabulary) + _model.End];

    /// <inheritdoc/>
    public override void Settle(Span<LanguageContext> contexts)
    {
        _now++;
        foreach (LanguageContext context in contexts)
        {
            _places[context.State].Needed = _now;
        }

        int fresh = 0;
        foreach (ref LanguageContext context in contexts)
        {
            if (context.Token == LanguageContext.Settled)
            {
                continue;
            }

            (long Parent, int Token) name = (_places[context.State].Name, context.Token);
            if (!_known.TryGetValue(name, out int place))
            {
                place = Take(name);
                _rows.Restore(fresh, State(context.State));
                (_ids[fresh], _fresh[fresh]) = (context.Token, place);
                fresh++;
            }

            _places[place].Needed = _now;
            context = new LanguageContext(place);
        }

        Compute(fresh);
    }

    /// <inheritdoc/>
    public override LanguageMemory Copy() => new RecurrentLanguageMemory(_model, _unknown, _texts, this);

    /// <inheritdoc/>
    public override void Save(StateWriter state, ReadOnlySpan<LanguageContext> contexts)
    {
        // Texts may have one context in common; it is written where it comes first.
        List<int> written = [Beginning];
        foreach (LanguageContext context in contexts)
        {
            int known = written.IndexOf(context.State);
            state.Long(known < 0 ? written.Count : known);
            if (known < 0)
            {
                written.Add(context.State);
                state.Values<float>(State(context.State));
                state.Values<float>(LogShares(context.State));
            }
        }
    }

    /// <inheritdoc/>
    public override void Restore(StateReader state, Span<LanguageContext> contexts)
    {
        _now++;
        List<int> read = [Beginning];
        foreach (ref LanguageContext context in contexts)
        {
            int number = state.Int(0, read.Count);
            if (number == read.Count)
            {
                // What was before it is not known, so it gets a name that no look-up asks for.
                int place = Take((-1 - _named, Token: 0));
                _places[place].Needed = _now;
                read.Add(place);
                state.Singles(State(place));
                state.Singles(LogShares(place));
            }

            context = new LanguageContext(read[number]);
        }
    }

    private Span<float> LogShares(int place) => _logShares.AsSpan(place * _vocabulary, _vocabulary);

    private Span<float> State(int place) => _states.AsSpan(place * _width, _width);

    private void Compute(int count)
    {
        CompiledModel model = _model.Model;
        ObjectDisposedException.ThrowIf(model.IsDisposed, _model);
        if (count == 0)
        {
            return;
        }

        Rows output = model.Plan.RunRows(_rows, count, _ids.AsSpan(0, count));
        for (int row = 0; row < count; row++)
        {
            _rows.Save(row, State(_fresh[row]));
            model.Plan.Kernels.LogSoftmax(output.Row(row, _vocabulary), LogShares(_fresh[row]));
        }

        GC.KeepAlive(this);
    }

    // The place that has not been needed for the longest time; at first the beginning's.
    private int Take((long Parent, int Token) name)
    {
        int oldest = _named == 0 ? Beginning : Permanent;
        for (int place = oldest + 1; _named > 0 && place < _places.Length; place++)
        {
            oldest = _places[place].Needed < _places[oldest].Needed ? place : oldest;
        }

        ref Place taken = ref _places[oldest];
        if (taken.Name != 0)
        {
            _known.Remove((taken.Parent, taken.Token));
        }

        taken = new Place { Name = ++_named, Parent = name.Parent, Token = name.Token };
        _known.Add(name, oldest);
        return oldest;
    }

    /// <summary>A text that was read: a text that was read before it, and a token.</summary>
    private struct Place
    {
        // Every text that was ever read has a number of its own, because places are used again.
        public long Name;
        public long Parent;
        public int Token;

        // The last call for which it must be there.
        public long Needed;
    }
}
