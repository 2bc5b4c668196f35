using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Losses;

/// <summary>
/// A linear layer, soft-max and cross-entropy as one operation, for vocabularies whose logits are the largest thing in memory: they are made a slice of rows at a
/// time, and each slice becomes its own gradient in place while it is still in the cache. A tape that recomputes does not even keep those.
/// </summary>
public static class LinearCrossEntropyLoss
{
    // 32 rows of 10,000 logits are 1.3 MB, about a second-level cache.
    private const int SliceRows = 32;

    // Columns of the bias that one thread sums up at a time.
    private const int Piece = 1 << 10;

    /// <summary>
    /// (1 − ε)·(−log p_y) + ε/C · Σ_c (−log p_c) with p = softmax(x·Wᵀ + b) and label smoothing ε (Szegedy et al. 2016): what <see cref="Products.Linear"/> followed by <see cref="CrossEntropyLoss.CrossEntropy"/> gives, up to the rounding of the sums.
    /// </summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, I]: [N, I] or [T, B, I].</param>
    /// <param name="weight">W [C, I]</param>
    /// <param name="bias">b [C], or null.</param>
    /// <param name="targets">The class of each row, 0 … C − 1, in the order of the rows; read whenever the operation runs.</param>
    /// <param name="ignoreIndex">Rows with this target give 0, no gradient, and do not count in the mean; null to ignore none.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <param name="labelSmoothing">ε, 0 ≤ ε ≤ 1.</param>
    /// <returns>A single number (nats), or one term per row […].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, a target is no class, or ε is out of range.</exception>
    public static Tensor LinearCrossEntropy(this Tape tape, Tensor x, Tensor weight, Tensor? bias, ReadOnlyMemory<int> targets, int? ignoreIndex = null, Reduction reduction = Reduction.Mean, float labelSmoothing = 0)
    {
        if (weight.Rank != 2 || x.Rank == 0 || x.Shape[^1] != weight.Shape[1] || (bias is not null && bias.Length != weight.Shape[0]))
        {
            throw new ArgumentException($"linear_cross_entropy: input {x}, weight {weight} and bias {bias?.ToString() ?? "none"} do not fit", nameof(x));
        }

        CrossEntropyLoss.CheckSmoothing(labelSmoothing);
        var pass = new Pass(tape, x, weight, bias, targets, ignoreIndex, labelSmoothing);
        pass.Forward();
        tape.Record("linear_cross_entropy", [pass.Terms], [x, weight, bias], pass.Backward, pass.Forward);
        return LossTerms.Reduce(tape, pass.Terms, reduction, () => pass.Count);
    }

    /// <inheritdoc cref="LinearCrossEntropy(Tape, Tensor, Tensor, Tensor?, ReadOnlyMemory{int}, int?, Reduction, float)"/>
    public static Tensor LinearCrossEntropy(this Tape tape, Tensor x, Tensor weight, Tensor? bias, ReadOnlySpan<int> targets, int? ignoreIndex = null, Reduction reduction = Reduction.Mean, float labelSmoothing = 0) =>
        tape.LinearCrossEntropy(x, weight, bias, targets.ToArray().AsMemory(), ignoreIndex, reduction, labelSmoothing);

    private sealed class Pass
    {
        private readonly Tape _tape;
        private readonly Tensor _x, _weight, _slopes;
        private readonly Tensor? _bias, _product, _scaled;
        private readonly ReadOnlyMemory<int> _targets;
        private readonly int? _ignored;
        private readonly int[] _labels;
        private readonly int _rows, _inputs, _classes, _blockRows, _threads;
        private readonly float _smoothing;
        private readonly bool _keepsSlopes;
        private readonly Action<int> _keepSlice, _threadSlices, _blockSlice, _addToBias;
        private PackedMatrix? _packed;
        private int _first, _count;

        public Pass(Tape tape, Tensor x, Tensor weight, Tensor? bias, ReadOnlyMemory<int> targets, int? ignored, float smoothing)
        {
            (_tape, _x, _weight, _bias, _targets, _ignored, _smoothing) = (tape, x, weight, bias, targets, ignored, smoothing);
            (_rows, _classes, _inputs) = (Tensor.Count(x.Shape[..^1]), weight.Shape[0], weight.Shape[1]);
            (_labels, Terms, _threads) = (new int[_rows], tape.Empty(x.Shape[..^1]), Math.Min(tape.Workers.Threads, Slices));
            (_keepSlice, _threadSlices, _blockSlice, _addToBias) = (KeepSlice, ThreadSlices, BlockSlice, AddToBias);
            bool hasBackward = tape.IsRecording && (x.NeedsGradient || weight.NeedsGradient || bias is { NeedsGradient: true });
            _keepsSlopes = hasBackward && !tape.Recomputes;

            // What is not kept is made again for the rows of one slab of the products, so that the sums over the rows are the same.
            _blockRows = Math.Min(_rows, hasBackward ? _keepsSlopes ? _rows : Math.Max(KernelSet.Slab, SliceRows * _threads) : SliceRows * _threads);
            _slopes = tape.Empty(_blockRows, _classes);
            if (hasBackward)
            {
                _product = tape.Empty(_blockRows, _inputs);
                _scaled = tape.Empty(_blockRows, _inputs);
            }
        }

        public Tensor Terms { get; }

        /// <summary>Rows that count.</summary>
        public int Count { get; private set; }

        private int Slices => (_rows + SliceRows - 1) / SliceRows;

        public void Forward()
        {
            Count = CrossEntropyLoss.CheckLabels(_targets.Span, _classes, _ignored, _labels);
            _packed = _tape.Packed.Transposed(_weight);
            _tape.Workers.Run(_keepsSlopes ? Slices : _threads, _keepsSlopes ? _keepSlice : _threadSlices);
        }

        public void Backward()
        {
            for (int first = 0; first < _rows; first += _blockRows)
            {
                (_first, _count) = (first, Math.Min(_blockRows, _rows - first));
                if (!_keepsSlopes)
                {
                    _packed = _tape.Packed.Transposed(_weight);
                    _tape.Workers.Run((_count + SliceRows - 1) / SliceRows, _blockSlice);
                }

                BackwardBlock();
            }
        }

        private void BackwardBlock()
        {
            ReadOnlySpan<float> factors = Terms.Gradient.Slice(_first, _count);
            var slopes = new Matrix(_slopes.Values[..(_count * _classes)], _count, _classes);
            if (_x.NeedsGradient)
            {
                _tape.Kernels.Multiply(slopes, new Matrix(_weight.Values, _classes, _inputs), _product!.Values, _inputs, accumulate: false, _tape.Workers);
                Span<float> gradient = _tape.GradientOf(_x);
                for (int row = 0; row < _count; row++)
                {
                    Span<float> sum = Row(gradient, _first + row);
                    TensorPrimitives.FusedMultiplyAdd(Row(_product.Values, row), factors[row], sum, sum);
                }
            }

            if (_weight.NeedsGradient)
            {
                // The factor of a row goes to the narrow side of the product.
                for (int row = 0; row < _count; row++)
                {
                    TensorPrimitives.Multiply(Row(_x.Values, _first + row), factors[row], Row(_scaled!.Values, row));
                }

                _tape.Kernels.Multiply(slopes.Transposed, new Matrix(_scaled!.Values, _count, _inputs), _tape.GradientOf(_weight), _inputs, accumulate: true, _tape.Workers);
            }

            if (_bias is { NeedsGradient: true } bias)
            {
                _tape.GradientOf(bias);
                _tape.Workers.Run((_classes + Piece - 1) / Piece, _addToBias);
            }
        }

        private void KeepSlice(int slice) => ForwardSlice(slice * SliceRows, slice * SliceRows);

        private void BlockSlice(int slice) => ForwardSlice(_first + (slice * SliceRows), slice * SliceRows);

        // Each thread needs the logits of one slice only.
        private void ThreadSlices(int thread)
        {
            for (int slice = thread; slice < Slices; slice += _threads)
            {
                ForwardSlice(slice * SliceRows, thread * SliceRows);
            }
        }

        // `first` counts in the rows of x, `at` in those of the slopes.
        private void ForwardSlice(int first, int at)
        {
            int rows = Math.Min(SliceRows, _rows - first);
            Span<float> logits = _slopes.Values.Slice(at * _classes, rows * _classes);
            _tape.Kernels.Multiply(new Matrix(_x.Values.Slice(first * _inputs, rows * _inputs), rows, _inputs), _packed!, logits, _classes, accumulate: false, Workers.Single);
            for (int row = 0; row < rows; row++)
            {
                Terms.Values[first + row] = Term(logits.Slice(row * _classes, _classes), _labels[first + row]);
            }
        }

        // The logits become ∂term/∂logits = p − (1 − ε)·[c = y] − ε/C.
        private float Term(Span<float> row, int label)
        {
            if (label < 0)
            {
                row.Clear();
                return 0;
            }

            // Added here, where the row is in the cache anyway.
            if (_bias is not null)
            {
                TensorPrimitives.Add(row, _bias.Values, row);
            }

            float share = _smoothing / _classes;
            float expected = ((1 - _smoothing) * row[label]) + (share > 0 ? share * _tape.Kernels.Sum(row) : 0);
            float logSum = _tape.Kernels.Softmax(row, row);
            if (share > 0)
            {
                TensorPrimitives.Subtract(row, share, row);
            }

            row[label] -= 1 - _smoothing;
            return logSum - expected;
        }

        private void AddToBias(int piece)
        {
            int start = piece * Piece, length = Math.Min(Piece, _classes - start);
            Span<float> sums = _bias!.Gradient.Slice(start, length);
            for (int row = 0; row < _count; row++)
            {
                TensorPrimitives.FusedMultiplyAdd(_slopes.Values.Slice((row * _classes) + start, length), Terms.Gradient[_first + row], sums, sums);
            }
        }

        private Span<float> Row(Span<float> rows, int row) => rows.Slice(row * _inputs, _inputs);
    }
}
