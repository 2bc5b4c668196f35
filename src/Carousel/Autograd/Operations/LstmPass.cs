using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd.Operations;

/// <summary>One call of <see cref="LstmSequence"/>: its buffers, planned once, and the two passes over them, which may be run again with other numbers in the same inputs.</summary>
/// <remarks>
/// <para>h and c have T + 1 slots: before the first step in running order, and after each. Rows of the batch never mix within a step, so each thread takes its rows through all
/// steps without waiting for the others.</para>
/// <para>The backward pass goes segment by segment, a number of steps that depends on the sizes only. A tape that recomputes keeps h of all steps, but c only at the border of
/// two segments, and gates only of the segment at hand: going back, it works them out a second time, with the same bits.</para>
/// </remarks>
internal sealed class LstmPass
{
    // Rows of a segment: enough for the products of the backward pass, few enough to be still in the cache when they are met again.
    private const int SegmentRows = 1024;

    private readonly Tape _tape;
    private readonly LstmWeights _weights;
    private readonly Tensor? _startHidden, _startCell;
    private readonly IReadOnlyList<int>? _lengths;
    private readonly bool _reverse;
    private readonly int _steps, _batch, _inputs, _units, _outputs, _segmentSteps, _shards;
    private readonly Tensor _input, _x, _gates, _cells, _cellTanh, _hiddens;
    private readonly Tensor? _cellOutputs, _entryCells, _cellGradient, _cellOutputGradient;
    private readonly LstmBiases? _biases;
    private readonly Action<int> _forwardShard, _backwardShard;
    private PackedMatrix? _recurrent, _projection;
    private int _first, _end, _origin;
    private bool _isRecomputing, _holdsGateGradients, _addsToInput;

    public LstmPass(Tape tape, Tensor x, LstmWeights weights, Tensor? hidden, Tensor? cell, IReadOnlyList<int>? lengths, bool reverse)
    {
        (_tape, _input, _weights, _startHidden, _startCell, _lengths, _reverse) = (tape, x, weights, hidden, cell, lengths, reverse);
        (_steps, _batch, _inputs, _units, _outputs) = (x.Shape[0], x.Shape[1], weights.Inputs, weights.Hidden, weights.Outputs);
        _segmentSteps = Math.Max(1, SegmentRows / Math.Max(1, _batch));
        _shards = Math.Min(tape.Workers.Threads, _batch);
        (_forwardShard, _backwardShard) = (ForwardShard, BackwardShard);

        int kept = Recomputes ? Math.Min(_segmentSteps, _steps) : _steps;
        _x = lengths is null ? x : tape.Empty(x.Shape);
        _gates = tape.Empty(kept, _batch, 4 * _units);
        _cells = tape.Empty(kept + 1, _batch, _units);
        _cellTanh = tape.Empty(kept, _batch, _units);
        _hiddens = tape.Empty(_steps + 1, _batch, _outputs);
        _cellOutputs = weights.Projection is null ? null : tape.Empty(kept, _batch, _units);
        _entryCells = Recomputes ? tape.Empty(Segments, _batch, _units) : null;
        _biases = LstmBiases.Of(tape, weights, Math.Min(_segmentSteps, _steps) * _batch);
        Output = lengths is null ? _hiddens.Range(reverse ? 0 : 1, _steps) : tape.Empty(_steps, _batch, _outputs);
        Hidden = _hiddens.At(reverse ? 0 : _steps);
        Cell = tape.Empty(_batch, _units);
        if (tape.IsRecording)
        {
            _cellGradient = tape.Empty(_batch, _units);
            _cellOutputGradient = weights.Projection is null ? null : tape.Empty(_batch, _units);
        }
    }

    /// <summary>h [T, B, P]</summary>
    public Tensor Output { get; }

    /// <summary>h at the end of each sequence [B, P]</summary>
    public Tensor Hidden { get; }

    /// <summary>c at the end of each sequence [B, H]</summary>
    public Tensor Cell { get; }

    private bool Recomputes => _tape is { Recomputes: true, IsRecording: true } && _steps > _segmentSteps;

    private int Segments => (_steps + _segmentSteps - 1) / _segmentSteps;

    public void Forward()
    {
        _holdsGateGradients = false;
        CopyOrClear(_startHidden, Rows(_hiddens.Values, _reverse ? _steps : 0, 0, _batch, _outputs));
        CopyOrClear(_startCell, Cell.Values);
        _biases?.Refresh();
        if (_lengths is not null)
        {
            _x.Values.Clear();
            AddValidRows(_input.Values, _x.Values);
        }

        (_recurrent, _projection) = (_tape.Packed.Transposed(_weights.HiddenHidden), _weights.Projection is { } w ? _tape.Packed.Transposed(w) : null);
        int segments = Recomputes ? Segments : 1;
        for (int at = 0; at < segments; at++)
        {
            int segment = _reverse ? segments - 1 - at : at;
            Enter(segments == 1 ? 0 : segment * _segmentSteps, segments == 1 ? _steps : Math.Min(_steps, (segment + 1) * _segmentSteps));
            if (_entryCells is not null)
            {
                Cell.Values.CopyTo(Rows(_entryCells.Values, segment, 0, _batch, _units));
            }

            Cell.Values.CopyTo(Cells(_reverse ? _end : _first, 0, _batch));
            MultiplyInput();
            _tape.Workers.Run(_shards, _forwardShard);
            Cells(_reverse ? _first : _end, 0, _batch).CopyTo(Cell.Values);
        }
    }

    public void Backward()
    {
        // Output and Hidden are views of the slots of h, so what later operations want of them is already in place.
        Span<float> hiddenGradients = _tape.GradientOf(_hiddens);
        if (_lengths is not null)
        {
            AddValidRows(Output.Gradient, hiddenGradients[((_reverse ? 0 : 1) * _batch * _outputs)..]);
        }

        Cell.Gradient.CopyTo(_cellGradient!.Values);
        for (int at = 0; at < Segments; at++)
        {
            int segment = _reverse ? at : Segments - 1 - at;
            Enter(segment * _segmentSteps, Math.Min(_steps, (segment + 1) * _segmentSteps));
            if (Recomputes)
            {
                Recompute(segment);
            }

            (_recurrent, _projection) = (_tape.Packed.Plain(_weights.HiddenHidden), _weights.Projection is { } w ? _tape.Packed.Plain(w) : null);
            _tape.Workers.Run(_shards, _backwardShard);
            AccumulateWeights(isFirst: at == 0);
        }

        _holdsGateGradients = true;
        AccumulateState(_startHidden, Rows(hiddenGradients, _reverse ? _steps : 0, 0, _batch, _outputs));
        AccumulateState(_startCell, _cellGradient.Values);
    }

    /// <summary>The first number in running order that is not finite.</summary>
    /// <param name="gradients">True to look at the gradients, last step first, instead of the values.</param>
    public NonFiniteNumber? FindNonFinite(bool gradients)
    {
        for (int at = 0; at < _steps && (!gradients || _hiddens.HasGradient); at++)
        {
            int t = _reverse == gradients ? at : _steps - 1 - at, after = _reverse ? t : t + 1;
            bool hasGates = !Recomputes && _holdsGateGradients == gradients;
            NonFiniteNumber? found = (hasGates ? Find("gates", _gates.Values, t, 4 * _units, t) : null)
                ?? (hasGates && !gradients ? Find("cell state", _cells.Values, after, _units, t) : null)
                ?? Find("hidden state", gradients ? _hiddens.Gradient : _hiddens.Values, after, _outputs, t);
            if (found is not null)
            {
                return found;
            }
        }

        return gradients ? null : Find("cell state", Cell.Values, 0, _units, step: null);

        NonFiniteNumber? Find(string tensor, Span<float> slots, int slot, int width, int? step)
        {
            Span<float> values = Rows(slots, slot, 0, _batch, width);
            int index = NonFiniteNumber.Find(values);
            return index < 0 ? null : new NonFiniteNumber("", "lstm", gradients, [_batch, width], index, values[index]) { Tensor = tensor, TimeStep = step };
        }
    }

    // Time steps first … end − 1 are the next to be worked on.
    private void Enter(int first, int end) => (_first, _end, _origin) = (first, end, Recomputes ? first : 0);

    private void MultiplyInput()
    {
        _biases?.Fill(_gates, (_first - _origin) * _batch, (_end - _first) * _batch);
        Multiply(_x.Values, _first, _inputs, _tape.Packed.Transposed(_weights.InputHidden), accumulate: _biases is not null);
    }

    // Gates of the segment at hand (+)= rows · packed weight.
    private void Multiply(Span<float> slots, int slot, int width, PackedMatrix weight, bool accumulate)
    {
        int rows = (_end - _first) * _batch;
        _tape.Kernels.Multiply(new Matrix(Rows(slots, slot, 0, rows, width), rows, width), weight, Gates(_first, 0, rows), 4 * _units, accumulate, _tape.Workers);
    }

    // h is known, so the recurrent products of all steps of the segment are one: each element sees the same operations as in the forward pass.
    private void Recompute(int segment)
    {
        MultiplyInput();
        Multiply(_hiddens.Values, _reverse ? _first + 1 : _first, _outputs, _tape.Packed.Transposed(_weights.HiddenHidden), accumulate: true);
        Rows(_entryCells!.Values, segment, 0, _batch, _units).CopyTo(Cells(_reverse ? _end : _first, 0, _batch));
        _isRecomputing = true;
        _tape.Workers.Run(_shards, _forwardShard);
        _isRecomputing = false;
    }

    private void ForwardShard(int shard)
    {
        (int row, int rows) = RowsOf(shard);
        for (int step = 0; step < _end - _first; step++)
        {
            ForwardStep(_reverse ? _end - 1 - step : _first + step, row, rows);
        }
    }

    private void BackwardShard(int shard)
    {
        (int row, int rows) = RowsOf(shard);
        for (int step = _end - _first - 1; step >= 0; step--)
        {
            BackwardStep(_reverse ? _end - 1 - step : _first + step, row, rows);
        }
    }

    private (int Row, int Rows) RowsOf(int shard)
    {
        int start = (int)((long)_batch * shard / _shards), end = (int)((long)_batch * (shard + 1) / _shards);
        return (start, end - start);
    }

    private void ForwardStep(int t, int row, int rows)
    {
        int before = _reverse ? t + 1 : t, after = _reverse ? t : t + 1;
        if (!_isRecomputing)
        {
            ReadOnlySpan<float> previous = Rows(_hiddens.Values, before, row, rows, _outputs);
            _tape.Kernels.Multiply(new Matrix(previous, rows, _outputs), _recurrent!, Gates(t, row, rows), 4 * _units, accumulate: true, Workers.Single);
        }

        for (int from = row; NextRun(t, row + rows, ref from, out int count, out bool isValid); from += count)
        {
            if (isValid)
            {
                _tape.Kernels.LstmForward(count, _units, Gates(t, from, count), Cells(before, from, count), Cells(after, from, count),
                    Rows(_cellTanh.Values, t - _origin, from, count, _units), CellOutputs(t, from, count));
            }
            else
            {
                // A sequence outside its own length keeps its state; the zeros leave nothing undefined for the products of the backward pass.
                Gates(t, from, count).Clear();
                CellOutputs(t, from, count).Clear();
                Cells(before, from, count).CopyTo(Cells(after, from, count));
            }
        }

        Span<float> output = Rows(_hiddens.Values, after, row, rows, _outputs);
        if (_projection is not null && !_isRecomputing)
        {
            _tape.Kernels.Multiply(new Matrix(CellOutputs(t, row, rows), rows, _units), _projection, output, _outputs, accumulate: false, Workers.Single);
        }

        for (int from = row; _lengths is not null && NextRun(t, row + rows, ref from, out int count, out bool isValid); from += count)
        {
            Span<float> visible = Rows(Output.Values, t, from, count, _outputs), state = Rows(_hiddens.Values, after, from, count, _outputs);
            if (isValid)
            {
                state.CopyTo(visible);
            }
            else
            {
                Rows(_hiddens.Values, before, from, count, _outputs).CopyTo(state);
                visible.Clear();
            }
        }
    }

    private void BackwardStep(int t, int row, int rows)
    {
        int before = _reverse ? t + 1 : t, after = _reverse ? t : t + 1;
        Span<float> hiddenGradients = _hiddens.Gradient;
        if (_projection is not null)
        {
            ReadOnlySpan<float> outputGradient = Rows(hiddenGradients, after, row, rows, _outputs);
            _tape.Kernels.Multiply(new Matrix(outputGradient, rows, _outputs), _projection, Rows(_cellOutputGradient!.Values, 0, row, rows, _units), _units, accumulate: false, Workers.Single);
        }

        Span<float> source = _projection is null ? hiddenGradients : _cellOutputGradient!.Values;
        int slot = _projection is null ? after : 0;
        for (int from = row; NextRun(t, row + rows, ref from, out int count, out bool isValid); from += count)
        {
            if (isValid)
            {
                _tape.Kernels.LstmBackward(count, _units, Gates(t, from, count), Cells(before, from, count), Rows(_cellTanh.Values, t - _origin, from, count, _units),
                    Rows(source, slot, from, count, _units), Rows(_cellGradient!.Values, 0, from, count, _units), Gates(t, from, count));
            }
            else
            {
                Span<float> carried = Rows(hiddenGradients, after, from, count, _outputs), to = Rows(hiddenGradients, before, from, count, _outputs);
                TensorPrimitives.Add(to, carried, to);
                carried.Clear();
            }
        }

        _tape.Kernels.Multiply(new Matrix(Gates(t, row, rows), rows, 4 * _units), _recurrent!, Rows(hiddenGradients, before, row, rows, _outputs), _outputs, accumulate: true, Workers.Single);
    }

    // By now the gates hold ∂L/∂z for the time steps of the segment. The segments together write every row of the input's gradient, each once.
    private void AccumulateWeights(bool isFirst)
    {
        int rows = (_end - _first) * _batch;
        var gates = new Matrix(Gates(_first, 0, rows), rows, 4 * _units);
        if (_input.NeedsGradient)
        {
            Span<float> gradient = _tape.GradientOf(_input, out bool adds);
            _addsToInput = isFirst ? adds : _addsToInput;
            _tape.Kernels.Multiply(gates, _tape.Packed.Plain(_weights.InputHidden), Rows(gradient, _first, 0, rows, _inputs), _inputs, _addsToInput, _tape.Workers);
        }

        AccumulateProduct(_weights.InputHidden, gates, Rows(_x.Values, _first, 0, rows, _inputs));
        AccumulateProduct(_weights.HiddenHidden, gates, Rows(_hiddens.Values, _reverse ? _first + 1 : _first, 0, rows, _outputs));
        _biases?.Accumulate(_gates, (_first - _origin) * _batch, rows);
        if (_weights.Projection is { } projection)
        {
            var outputs = new Matrix(Rows(_hiddens.Gradient, _reverse ? _first : _first + 1, 0, rows, _outputs), rows, _outputs);
            AccumulateProduct(projection, outputs, CellOutputs(_first, 0, rows));
        }
    }

    private void AccumulateProduct(Tensor weight, Matrix left, ReadOnlySpan<float> right)
    {
        if (weight.NeedsGradient)
        {
            var factor = new Matrix(right, left.Rows, right.Length / Math.Max(1, left.Rows));
            Span<float> gradient = _tape.GradientOf(weight, out bool adds);
            _tape.Kernels.Multiply(left.Transposed, factor, gradient, factor.Columns, adds, _tape.Workers);
        }
    }

    private void AccumulateState(Tensor? state, ReadOnlySpan<float> gradient)
    {
        if (state is not null)
        {
            Arithmetic.Accumulate(_tape, state, gradient);
        }
    }

    /// <summary>The longest run of rows from <paramref name="from"/> on that are all inside, or all outside, their sequence at step t.</summary>
    private bool NextRun(int t, int end, ref int from, out int count, out bool isValid)
    {
        count = 0;
        isValid = false;
        if (from >= end)
        {
            return false;
        }

        if (_lengths is null)
        {
            (count, isValid) = (end - from, true);
            return true;
        }

        isValid = t < _lengths[from];
        while (from + count < end && t < _lengths[from + count] == isValid)
        {
            count++;
        }

        return true;
    }

    private void AddValidRows(ReadOnlySpan<float> from, Span<float> to)
    {
        int width = from.Length / Math.Max(1, _steps * _batch);
        for (int t = 0; t < _steps; t++)
        {
            for (int row = 0; row < _batch; row++)
            {
                if (t < _lengths![row])
                {
                    Span<float> target = Rows(to, t, row, 1, width);
                    TensorPrimitives.Add(target, from.Slice(((t * _batch) + row) * width, width), target);
                }
            }
        }
    }

    private Span<float> Gates(int t, int row, int rows) => Rows(_gates.Values, t - _origin, row, rows, 4 * _units);

    // Slot 0 is that before the first time step.
    private Span<float> Cells(int slot, int row, int rows) => Rows(_cells.Values, slot - _origin, row, rows, _units);

    // m_t, which is h_t unless it is projected.
    private Span<float> CellOutputs(int t, int row, int rows) =>
        _cellOutputs is null ? Rows(_hiddens.Values, _reverse ? t : t + 1, row, rows, _units) : Rows(_cellOutputs.Values, t - _origin, row, rows, _units);

    private Span<float> Rows(Span<float> slots, int slot, int row, int rows, int width) => slots.Slice(((slot * _batch) + row) * width, rows * width);

    private static void CopyOrClear(Tensor? from, Span<float> to)
    {
        if (from is null)
        {
            to.Clear();
        }
        else
        {
            from.Values.CopyTo(to);
        }
    }
}
