using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd.Operations;

/// <summary>
/// One LSTM layer in one direction over a whole sequence as a single operation (Hochreiter &amp; Schmidhuber 1997; projection: Sak et al. 2014):
/// <code>
/// z_t = W x_t + b_ih + U h_{t−1} + b_hh        one product for W x over all time steps, then one product per step
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)   g = tanh(z_g)
/// c_t = f ⊙ c_{t−1} + i ⊙ g          m_t = o ⊙ tanh c_t          h_t = m_t, or W_hr m_t
/// </code>
/// and its exact gradient by back-propagation through time, with the weights' gradients as one product each at the end.
/// </summary>
/// <remarks>
/// Rows of the batch never mix within a step, so each thread takes its rows through all time steps without waiting for the others.
/// </remarks>
public static class LstmSequence
{
    /// <summary>Runs the layer.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, I]</param>
    /// <param name="weights">The layer's tensors.</param>
    /// <param name="hidden">h₀ [B, P]; null for zeros.</param>
    /// <param name="cell">c₀ [B, H]; null for zeros.</param>
    /// <param name="lengths">Valid steps of each sequence, 0 … T; null when all are T long. What lies beyond is not read, and the output there is 0.</param>
    /// <param name="reverse">True to run from each sequence's last valid step to its first.</param>
    /// <returns>h [T, B, P], and the state [B, P], [B, H] after each sequence's own last step in running order.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static (Tensor Output, Tensor Hidden, Tensor Cell) Lstm(this Tape tape, Tensor x, LstmWeights weights, Tensor? hidden = null, Tensor? cell = null,
        IReadOnlyList<int>? lengths = null, bool reverse = false)
    {
        int batch = x.Rank == 3 ? x.Shape[1] : 0;
        if (x.Rank != 3 || x.Shape[2] != weights.Inputs)
        {
            throw new ArgumentException($"an LSTM with {weights.Inputs} inputs takes [T, B, {weights.Inputs}], found {x}", nameof(x));
        }

        Check(hidden, batch, weights.Outputs, nameof(hidden));
        Check(cell, batch, weights.Hidden, nameof(cell));
        if (lengths is not null && (lengths.Count != batch || lengths.Any(length => length < 0 || length > x.Shape[0])))
        {
            throw new ArgumentException($"lengths must be {batch} numbers from 0 to {x.Shape[0]}, found [{string.Join(", ", lengths)}]", nameof(lengths));
        }

        var pass = new Pass(tape, x, weights, lengths, reverse);
        pass.Forward(hidden, cell);
        tape.Record("lstm", [pass.Output, pass.Hidden, pass.Cell], [x, hidden, cell, weights.InputHidden, weights.HiddenHidden, weights.InputBias, weights.HiddenBias, weights.Projection],
            () => pass.Backward(hidden, cell));
        return (pass.Output, pass.Hidden, pass.Cell);
    }

    private static void Check(Tensor? state, int batch, int width, string name)
    {
        if (state is not null && !state.Shape.SequenceEqual([batch, width]))
        {
            throw new ArgumentException($"initial state '{name}' must be [{batch}, {width}], found {state}", name);
        }
    }

    /// <summary>The buffers of one call. h and c have T + 1 slots: before the first step in running order, and after each.</summary>
    private sealed class Pass
    {
        private readonly Tape _tape;
        private readonly LstmWeights _weights;
        private readonly IReadOnlyList<int>? _lengths;
        private readonly bool _reverse;
        private readonly int _steps, _batch, _inputs, _units, _outputs;
        private readonly Tensor _input, _x, _gates, _cells, _cellTanh, _hiddens, _cellOutputs;

        public Pass(Tape tape, Tensor x, LstmWeights weights, IReadOnlyList<int>? lengths, bool reverse)
        {
            (_tape, _input, _weights, _lengths, _reverse) = (tape, x, weights, lengths, reverse);
            (_steps, _batch, _inputs, _units, _outputs) = (x.Shape[0], x.Shape[1], weights.Inputs, weights.Hidden, weights.Outputs);
            _x = lengths is null ? x : WithoutPadding(x);
            _gates = tape.Empty(_steps, _batch, 4 * _units);
            _cells = tape.Empty(_steps + 1, _batch, _units);
            _cellTanh = tape.Empty(_steps, _batch, _units);
            _hiddens = tape.Empty(_steps + 1, _batch, _outputs);
            _cellOutputs = weights.Projection is null ? _hiddens.Range(reverse ? 0 : 1, _steps) : tape.Empty(_steps, _batch, _units);
            Output = lengths is null ? _hiddens.Range(reverse ? 0 : 1, _steps) : tape.Empty(_steps, _batch, _outputs);
            Hidden = _hiddens.At(reverse ? 0 : _steps);
            Cell = tape.Empty(_batch, _units);
        }

        public Tensor Output { get; }

        public Tensor Hidden { get; }

        public Tensor Cell { get; }

        public void Forward(Tensor? hidden, Tensor? cell)
        {
            int first = _reverse ? _steps : 0;
            CopyOrClear(hidden, _hiddens.At(first).Values);
            CopyOrClear(cell, _cells.At(first).Values);

            ReadOnlySpan<float> bias = SumOfBiases();
            Products.FillRows(_gates.Values, bias);
            _tape.Kernels.Multiply(new Matrix(_x.Values, _steps * _batch, _inputs), Transposed(_weights.InputHidden),
                _gates.Values, 4 * _units, accumulate: bias.Length > 0, _tape.Workers);

            PackedMatrix recurrent = _tape.Packed.Transposed(_weights.HiddenHidden);
            PackedMatrix? projection = _weights.Projection is { } w ? _tape.Packed.Transposed(w) : null;
            ForEachShard((row, rows) =>
            {
                for (int step = 0; step < _steps; step++)
                {
                    ForwardStep(_reverse ? _steps - 1 - step : step, row, rows, recurrent, projection);
                }
            });

            _cells.At(_reverse ? 0 : _steps).Values.CopyTo(Cell.Values);
        }

        public void Backward(Tensor? hidden, Tensor? cell)
        {
            // Output and Hidden are views of the slots of h, so what later operations want of them is already in place.
            Span<float> hiddenGradients = _tape.GradientOf(_hiddens);
            if (_lengths is not null)
            {
                AddValidRows(Output.Gradient, hiddenGradients[((_reverse ? 0 : 1) * _batch * _outputs)..]);
            }

            Tensor cellGradient = _tape.Empty(_batch, _units);
            Cell.Gradient.CopyTo(cellGradient.Values);
            Tensor? cellOutputGradient = _weights.Projection is null ? null : _tape.Empty(_steps, _batch, _units);
            PackedMatrix recurrent = _tape.Packed.Plain(_weights.HiddenHidden);
            PackedMatrix? projection = _weights.Projection is { } w ? _tape.Packed.Plain(w) : null;
            ForEachShard((row, rows) =>
            {
                for (int step = _steps - 1; step >= 0; step--)
                {
                    BackwardStep(_reverse ? _steps - 1 - step : step, row, rows, cellGradient, cellOutputGradient, recurrent, projection);
                }
            });

            int first = _reverse ? _steps : 0;
            AccumulateState(hidden, _hiddens.At(first).Gradient);
            AccumulateState(cell, cellGradient.Values);
            AccumulateWeights(cellOutputGradient);
        }

        private void ForwardStep(int t, int row, int rows, PackedMatrix recurrent, PackedMatrix? projection)
        {
            int before = _reverse ? t + 1 : t, after = _reverse ? t : t + 1;
            ReadOnlySpan<float> previous = Rows(_hiddens.Values, before, row, rows, _outputs);
            _tape.Kernels.Multiply(new Matrix(previous, rows, _outputs), recurrent, Rows(_gates.Values, t, row, rows, 4 * _units), 4 * _units, accumulate: true, Workers.Single);
            for (int from = row; NextRun(t, row + rows, ref from, out int count, out bool isValid); from += count)
            {
                if (isValid)
                {
                    _tape.Kernels.LstmForward(count, _units, Rows(_gates.Values, t, from, count, 4 * _units), Rows(_cells.Values, before, from, count, _units),
                        Rows(_cells.Values, after, from, count, _units), Rows(_cellTanh.Values, t, from, count, _units), Rows(_cellOutputs.Values, t, from, count, _units));
                }
                else
                {
                    // A sequence outside its own length keeps its state; the zeros leave nothing undefined for the products of the backward pass.
                    Rows(_gates.Values, t, from, count, 4 * _units).Clear();
                    Rows(_cellOutputs.Values, t, from, count, _units).Clear();
                    Rows(_cells.Values, before, from, count, _units).CopyTo(Rows(_cells.Values, after, from, count, _units));
                }
            }

            Span<float> output = Rows(_hiddens.Values, after, row, rows, _outputs);
            if (projection is not null)
            {
                _tape.Kernels.Multiply(new Matrix(Rows(_cellOutputs.Values, t, row, rows, _units), rows, _units), projection, output, _outputs, accumulate: false, Workers.Single);
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

        private void BackwardStep(int t, int row, int rows, Tensor cellGradient, Tensor? cellOutputGradient, PackedMatrix recurrent, PackedMatrix? projection)
        {
            int before = _reverse ? t + 1 : t, after = _reverse ? t : t + 1;
            Span<float> hiddenGradients = _hiddens.Gradient;
            Span<float> outputGradient = Rows(hiddenGradients, after, row, rows, _outputs);
            if (projection is not null)
            {
                Span<float> gradient = Rows(cellOutputGradient!.Values, t, row, rows, _units);
                _tape.Kernels.Multiply(new Matrix(outputGradient, rows, _outputs), projection, gradient, _units, accumulate: false, Workers.Single);
            }

            Span<float> source = projection is null ? hiddenGradients : cellOutputGradient!.Values;
            int slot = projection is null ? after : t;
            for (int from = row; NextRun(t, row + rows, ref from, out int count, out bool isValid); from += count)
            {
                Span<float> gates = Rows(_gates.Values, t, from, count, 4 * _units);
                if (isValid)
                {
                    _tape.Kernels.LstmBackward(count, _units, gates, Rows(_cells.Values, before, from, count, _units), Rows(_cellTanh.Values, t, from, count, _units),
                        Rows(source, slot, from, count, _units), Rows(cellGradient.Values, 0, from, count, _units), gates);
                }
                else
                {
                    Span<float> carried = Rows(hiddenGradients, after, from, count, _outputs), to = Rows(hiddenGradients, before, from, count, _outputs);
                    TensorPrimitives.Add(to, carried, to);
                    carried.Clear();
                }
            }

            _tape.Kernels.Multiply(new Matrix(Rows(_gates.Values, t, row, rows, 4 * _units), rows, 4 * _units), recurrent,
                Rows(hiddenGradients, before, row, rows, _outputs), _outputs, accumulate: true, Workers.Single);
        }

        // By now the gates hold ∂L/∂z for all time steps.
        private void AccumulateWeights(Tensor? cellOutputGradient)
        {
            var gates = new Matrix(_gates.Values, _steps * _batch, 4 * _units);
            if (_input.NeedsGradient)
            {
                _tape.Kernels.Multiply(gates, AsMatrix(_weights.InputHidden), _tape.GradientOf(_input), _inputs, accumulate: true, _tape.Workers);
            }

            AccumulateProduct(_weights.InputHidden, gates, new Matrix(_x.Values, _steps * _batch, _inputs));
            AccumulateProduct(_weights.HiddenHidden, gates, new Matrix(_hiddens.Range(_reverse ? 1 : 0, _steps).Values, _steps * _batch, _outputs));
            foreach (Tensor? bias in (ReadOnlySpan<Tensor?>)[_weights.InputBias, _weights.HiddenBias])
            {
                if (bias is not null)
                {
                    Arithmetic.AccumulateRows(_tape, bias, _gates.Values);
                }
            }

            if (_weights.Projection is { } projection && cellOutputGradient is not null)
            {
                var outputs = new Matrix(_hiddens.Range(_reverse ? 0 : 1, _steps).Gradient, _steps * _batch, _outputs);
                AccumulateProduct(projection, outputs, new Matrix(_cellOutputs.Values, _steps * _batch, _units));
            }
        }

        private void AccumulateProduct(Tensor weight, Matrix left, Matrix right)
        {
            if (weight.NeedsGradient)
            {
                _tape.Kernels.Multiply(left.Transposed, right, _tape.GradientOf(weight), right.Columns, accumulate: true, _tape.Workers);
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

        private void ForEachShard(Action<int, int> body)
        {
            int shards = Math.Min(_tape.Workers.Threads, _batch);
            if (shards <= 1)
            {
                body(0, _batch);
                return;
            }

            _tape.Workers.Run(shards, shard =>
            {
                int start = (int)((long)_batch * shard / shards), end = (int)((long)_batch * (shard + 1) / shards);
                body(start, end - start);
            });
        }

        private ReadOnlySpan<float> SumOfBiases()
        {
            if ((_weights.InputBias ?? _weights.HiddenBias) is not { } bias)
            {
                return [];
            }

            Tensor sum = _tape.Empty(4 * _units);
            bias.Values.CopyTo(sum.Values);
            if (_weights is { InputBias: not null, HiddenBias: { } second })
            {
                TensorPrimitives.Add(sum.Values, second.Values, sum.Values);
            }

            return sum.Values;
        }

        private Tensor WithoutPadding(Tensor x)
        {
            Tensor clean = _tape.Zeros(x.Shape);
            AddValidRows(x.Values, clean.Values);
            return clean;
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

        private static Matrix AsMatrix(Tensor weight) => new(weight.Values, weight.Shape[0], weight.Shape[1]);

        private static Matrix Transposed(Tensor weight) => AsMatrix(weight).Transposed;
    }
}
