using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Losses;

/// <summary>
/// A linear layer, soft-max and cross-entropy as one operation, for vocabularies whose logits are the largest thing in memory: they are made a slice of rows at a
/// time, and each slice becomes its own gradient in place while it is still in the cache.
/// </summary>
public static class LinearCrossEntropyLoss
{
    // 32 rows of 10,000 logits are 1.3 MB, about a second-level cache.
    private const int SliceRows = 32;

    // Columns of the bias that one thread sums up at a time.
    private const int Piece = 1 << 10;

    /// <summary>
    /// −log p_y with p = softmax(x·Wᵀ + b): what <see cref="Products.Linear"/> followed by <see cref="CrossEntropyLoss.CrossEntropy"/> gives, up to the rounding of the sums.
    /// </summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, I]: [N, I] or [T, B, I].</param>
    /// <param name="weight">W [C, I]</param>
    /// <param name="bias">b [C], or null.</param>
    /// <param name="targets">The class of each row, 0 … C − 1, in the order of the rows.</param>
    /// <param name="ignoreIndex">Rows with this target give 0, no gradient, and do not count in the mean; null to ignore none.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats), or one term per row […].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a target is no class.</exception>
    public static Tensor LinearCrossEntropy(this Tape tape, Tensor x, Tensor weight, Tensor? bias, ReadOnlySpan<int> targets, int? ignoreIndex = null, Reduction reduction = Reduction.Mean)
    {
        if (weight.Rank != 2 || x.Rank == 0 || x.Shape[^1] != weight.Shape[1] || (bias is not null && bias.Length != weight.Shape[0]))
        {
            throw new ArgumentException($"linear_cross_entropy: input {x}, weight {weight} and bias {bias?.ToString() ?? "none"} do not fit", nameof(x));
        }

        int[] labels = CrossEntropyLoss.CheckedLabels(Tensor.Count(x.Shape[..^1]), weight.Shape[0], targets, ignoreIndex);
        Tensor terms = tape.Empty(x.Shape[..^1]);
        var pass = new Pass(tape, x, weight, bias, labels, terms);
        pass.Forward();
        tape.Record("linear_cross_entropy", [terms], [x, weight, bias], pass.Backward);
        return LossTerms.Reduce(tape, terms, reduction, labels.Count(label => label >= 0));
    }

    private sealed class Pass
    {
        private readonly Tape _tape;
        private readonly Tensor _x, _weight, _terms, _slopes;
        private readonly Tensor? _bias;
        private readonly int[] _labels;
        private readonly int _rows, _inputs, _classes;
        private readonly bool _keepsSlopes;

        public Pass(Tape tape, Tensor x, Tensor weight, Tensor? bias, int[] labels, Tensor terms)
        {
            (_tape, _x, _weight, _bias, _labels, _terms) = (tape, x, weight, bias, labels, terms);
            (_rows, _classes, _inputs) = (labels.Length, weight.Shape[0], weight.Shape[1]);
            _keepsSlopes = tape.IsRecording && (x.NeedsGradient || weight.NeedsGradient || bias is { NeedsGradient: true });

            // Without a backward pass each thread needs the logits of one slice only.
            _slopes = tape.Empty(_keepsSlopes ? _rows : Math.Min(_rows, SliceRows * tape.Workers.Threads), _classes);
        }

        private int Slices => (_rows + SliceRows - 1) / SliceRows;

        public void Forward()
        {
            PackedMatrix weight = _tape.Packed.Transposed(_weight);
            if (_keepsSlopes)
            {
                _tape.Workers.Run(Slices, slice => ForwardSlice(weight, slice, slice * SliceRows));
                return;
            }

            int threads = _tape.Workers.Threads;
            _tape.Workers.Run(Math.Min(threads, Slices), thread =>
            {
                for (int slice = thread; slice < Slices; slice += threads)
                {
                    ForwardSlice(weight, slice, thread * SliceRows);
                }
            });
        }

        public void Backward()
        {
            ReadOnlySpan<float> factors = _terms.Gradient;
            var slopes = new Matrix(_slopes.Values, _rows, _classes);
            if (_x.NeedsGradient)
            {
                Tensor product = _tape.Empty(_rows, _inputs);
                _tape.Kernels.Multiply(slopes, new Matrix(_weight.Values, _classes, _inputs), product.Values, _inputs, accumulate: false, _tape.Workers);
                Span<float> gradient = _tape.GradientOf(_x);
                for (int row = 0; row < _rows; row++)
                {
                    Span<float> sum = gradient.Slice(row * _inputs, _inputs);
                    TensorPrimitives.FusedMultiplyAdd(product.Values.Slice(row * _inputs, _inputs), factors[row], sum, sum);
                }
            }

            if (_weight.NeedsGradient)
            {
                // The factor of a row goes to the narrow side of the product.
                Tensor scaled = _tape.Empty(_rows, _inputs);
                for (int row = 0; row < _rows; row++)
                {
                    TensorPrimitives.Multiply(_x.Values.Slice(row * _inputs, _inputs), factors[row], scaled.Values.Slice(row * _inputs, _inputs));
                }

                _tape.Kernels.Multiply(slopes.Transposed, new Matrix(scaled.Values, _rows, _inputs), _tape.GradientOf(_weight), _inputs, accumulate: true, _tape.Workers);
            }

            if (_bias is { NeedsGradient: true } bias)
            {
                _tape.GradientOf(bias);
                _tape.Workers.Run((_classes + Piece - 1) / Piece, piece => AddToBias(bias, piece * Piece, Math.Min(Piece, _classes - (piece * Piece))));
            }
        }

        private void ForwardSlice(PackedMatrix weight, int slice, int at)
        {
            int first = slice * SliceRows, rows = Math.Min(SliceRows, _rows - first);
            Span<float> logits = _slopes.Values.Slice(at * _classes, rows * _classes);
            _tape.Kernels.Multiply(new Matrix(_x.Values.Slice(first * _inputs, rows * _inputs), rows, _inputs), weight, logits, _classes, accumulate: false, Workers.Single);
            for (int row = 0; row < rows; row++)
            {
                _terms.Values[first + row] = Term(logits.Slice(row * _classes, _classes), _labels[first + row]);
            }
        }

        // The logits become ∂term/∂logits = p − [c = y].
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

            float own = row[label], logSum = _tape.Kernels.Softmax(row, row);
            row[label] -= 1;
            return logSum - own;
        }

        private void AddToBias(Tensor bias, int start, int length)
        {
            Span<float> sums = bias.Gradient.Slice(start, length);
            for (int row = 0; row < _rows; row++)
            {
                TensorPrimitives.FusedMultiplyAdd(_slopes.Values.Slice((row * _classes) + start, length), _terms.Gradient[row], sums, sums);
            }
        }
    }
}
