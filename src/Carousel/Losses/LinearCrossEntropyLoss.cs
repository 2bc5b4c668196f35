using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Losses;

/// <summary>
/// A linear layer, soft-max and cross-entropy as one operation, for vocabularies whose logits are the largest thing in memory: they are made a slice of rows at a
/// time, and each slice becomes its own gradient in place while it is still in the cache. That is kept as the products of the backward pass will read it; a tape that recomputes
/// does not even keep that.
/// </summary>
public static class LinearCrossEntropyLoss
{
    // Up to 42 rows of 10,000 logits, 1.7 MB: the more rows, the less often the weights are read; the fewer, the closer the logits. In bfloat16 they are three of the tallest tiles.
    private const int SliceRows = 42;

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
        private readonly Tensor _x, _weight, _logits;
        private readonly Tensor? _bias, _slopes, _product, _scaled;
        private readonly ReadOnlyMemory<int> _targets;
        private readonly int? _ignored;
        private readonly int[] _labels;
        private readonly int _rows, _inputs, _classes, _blockRows, _threads;
        private readonly float _smoothing;
        private readonly bool _hasBackward;
        private readonly Action<int> _slices;
        private PackedMatrix? _packed;
        private int _first, _count, _sliceRows;
        private bool _makesSlopes;

        public Pass(Tape tape, Tensor x, Tensor weight, Tensor? bias, ReadOnlyMemory<int> targets, int? ignored, float smoothing)
        {
            (_tape, _x, _weight, _bias, _targets, _ignored, _smoothing) = (tape, x, weight, bias, targets, ignored, smoothing);
            (_rows, _classes, _inputs) = (Tensor.Count(x.Shape[..^1]), weight.Shape[0], weight.Shape[1]);
            (_labels, Terms, _slices) = (new int[_rows], tape.Empty(x.Shape[..^1]), Slices);
            _threads = Math.Min(tape.Workers.Threads, (_rows + SliceRows - 1) / SliceRows);
            _logits = tape.Empty(_threads * Math.Min(SliceRows, _rows), _classes);
            _hasBackward = tape.IsRecording && (x.NeedsGradient || weight.NeedsGradient || bias is { NeedsGradient: true });
            if (_hasBackward)
            {
                // What is not kept is made again for the rows of whole slabs of the products, so that the sums over the rows are the same.
                _blockRows = Math.Min(_rows, tape.Recomputes ? ((SliceRows * _threads) + KernelSet.Slab - 1) / KernelSet.Slab * KernelSet.Slab : _rows);
                _product = tape.Empty(_blockRows, _inputs);
                _scaled = tape.Empty(_blockRows, _inputs);
                _slopes = tape.Empty(tape.Kernels.StackLength(_blockRows, _classes));
            }
        }

        public Tensor Terms { get; }

        /// <summary>Rows that count.</summary>
        public int Count { get; private set; }

        public void Forward()
        {
            Count = CrossEntropyLoss.CheckLabels(_targets.Span, _classes, _ignored, _labels);
            MakeSlices(0, _rows, makesSlopes: _hasBackward && !_tape.Recomputes);
        }

        public void Backward()
        {
            for (int first = 0; first < _rows; first += _blockRows)
            {
                int count = Math.Min(_blockRows, _rows - first);
                if (_tape.Recomputes)
                {
                    MakeSlices(first, count, makesSlopes: true);
                }

                AddBlock(first, count);
            }
        }

        private void AddBlock(int first, int count)
        {
            ReadOnlySpan<float> factors = Terms.Gradient.Slice(first, count);
            var slopes = new StackedMatrix(_slopes!.Values, _blockRows, count, _classes);
            if (_x.NeedsGradient)
            {
                _tape.Kernels.Multiply(slopes, new Matrix(_weight.Values, _classes, _inputs), _product!.Values, _inputs, accumulate: false, _tape.Workers);
                Span<float> gradient = _tape.GradientOf(_x);
                for (int row = 0; row < count; row++)
                {
                    Span<float> sum = Row(gradient, first + row);
                    TensorPrimitives.FusedMultiplyAdd(Row(_product.Values, row), factors[row], sum, sum);
                }
            }

            if (_weight.NeedsGradient)
            {
                // The factor of a row goes to the narrow side of the product.
                for (int row = 0; row < count; row++)
                {
                    TensorPrimitives.Multiply(Row(_x.Values, first + row), factors[row], Row(_scaled!.Values, row));
                }

                AddProduct(slopes, new Matrix(_scaled!.Values, count, _inputs), _weight);
            }

            if (_bias is { NeedsGradient: true } bias)
            {
                AddProduct(slopes, new Matrix(factors, count, 1), bias);
            }
        }

        private void AddProduct(StackedMatrix slopes, Matrix factor, Tensor tensor)
        {
            Span<float> gradient = _tape.GradientOf(tensor, out bool adds);
            _tape.Kernels.Multiply(slopes.Transposed, factor, gradient, factor.Columns, adds, _tape.Workers);
        }

        // The slices are as high as they can be for every thread to get as many.
        private void MakeSlices(int first, int count, bool makesSlopes)
        {
            _packed = _tape.Packed.Transposed(_weight);
            int turns = (count + (SliceRows * _threads) - 1) / Math.Max(1, SliceRows * _threads), slices = turns * _threads;
            (_first, _count, _makesSlopes, _sliceRows) = (first, count, makesSlopes, slices == 0 ? 0 : Math.Min(SliceRows, ((((count + slices - 1) / slices) + 1) / 2) * 2));
            _tape.Workers.Run(_threads, _slices);
        }

        // Each thread needs the logits of one slice at a time.
        private void Slices(int thread)
        {
            for (int start = thread * _sliceRows; start < _count; start += _threads * _sliceRows)
            {
                Slice(start, Math.Min(_sliceRows, _count - start), _logits.Values[(thread * Math.Min(SliceRows, _rows) * _classes)..]);
            }
        }

        private void Slice(int start, int rows, Span<float> logits)
        {
            var x = new Matrix(_x.Values.Slice((_first + start) * _inputs, rows * _inputs), rows, _inputs);
            _tape.Kernels.Multiply(x, _packed!, logits, _classes, accumulate: false, Workers.Single);
            for (int row = 0; row < rows; row++)
            {
                Terms.Values[_first + start + row] = Term(logits.Slice(row * _classes, _classes), _labels[_first + start + row]);
            }

            if (_makesSlopes)
            {
                _tape.Kernels.Stack(new Matrix(logits, rows, _classes), start, _slopes!.Values, _blockRows);
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

        private Span<float> Row(Span<float> rows, int row) => rows.Slice(row * _inputs, _inputs);
    }
}
