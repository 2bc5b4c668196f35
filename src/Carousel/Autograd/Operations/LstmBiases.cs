using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>The biases of an LSTM as the one they add up to: every row of gates starts from it, and the gradient of each is that of the gates, summed over all rows.</summary>
/// <remarks>Threads take pieces of a number of rows that depends on nothing; the sums of the pieces are added in order.</remarks>
internal sealed class LstmBiases
{
    // Rows that one thread writes or sums up at a time.
    private const int PieceRows = 128;

    private readonly Tape _tape;
    private readonly Tensor?[] _biases;
    private readonly Tensor _sum;
    private readonly Tensor? _pieceSums;
    private readonly Action<int> _fillPiece, _sumPiece;
    private Tensor? _gates;
    private int _firstRow, _rows;

    private LstmBiases(Tape tape, LstmWeights weights, int mostRows)
    {
        _tape = tape;
        _biases = [weights.InputBias, weights.HiddenBias];
        (_fillPiece, _sumPiece) = (FillPiece, SumPiece);
        _sum = tape.Empty(4 * weights.Hidden);
        _pieceSums = tape.IsRecording ? tape.Empty(Pieces(mostRows), _sum.Length) : null;
    }

    /// <summary>Plans their buffers; null for an LSTM without biases.</summary>
    /// <param name="tape">Where they live.</param>
    /// <param name="weights">Whose biases.</param>
    /// <param name="mostRows">The largest number of rows whose gradients will be summed up at once.</param>
    public static LstmBiases? Of(Tape tape, LstmWeights weights, int mostRows) =>
        weights.InputBias is null && weights.HiddenBias is null ? null : new LstmBiases(tape, weights, mostRows);

    /// <summary>Adds up the biases as they are now.</summary>
    public void Refresh()
    {
        Tensor first = (_biases[0] ?? _biases[1])!;
        first.Values.CopyTo(_sum.Values);
        if (_biases is [not null, { } second])
        {
            TensorPrimitives.Add(_sum.Values, second.Values, _sum.Values);
        }
    }

    /// <summary>Writes their sum to rows of gates.</summary>
    /// <param name="gates">[…, 4H]</param>
    /// <param name="firstRow">The first of them.</param>
    /// <param name="rows">Their number.</param>
    public void Fill(Tensor gates, int firstRow, int rows)
    {
        (_gates, _firstRow, _rows) = (gates, firstRow, rows);
        _tape.Workers.Run(Pieces(rows), _fillPiece);
    }

    /// <summary>Adds the gradients that rows of gates hold to those of the biases.</summary>
    /// <param name="gates">[…, 4H]</param>
    /// <param name="firstRow">The first of them.</param>
    /// <param name="rows">Their number.</param>
    public void Accumulate(Tensor gates, int firstRow, int rows)
    {
        (_gates, _firstRow, _rows) = (gates, firstRow, rows);
        _tape.Workers.Run(Pieces(rows), _sumPiece);
        for (int piece = 0; piece < Pieces(rows); piece++)
        {
            foreach (Tensor? bias in _biases)
            {
                if (bias is not null)
                {
                    Arithmetic.Accumulate(_tape, bias, SumsOf(piece));
                }
            }
        }
    }

    private static int Pieces(int rows) => (rows + PieceRows - 1) / PieceRows;

    private void FillPiece(int piece) => Products.FillRows(GatesOf(piece, out _), _sum.Values);

    private void SumPiece(int piece)
    {
        Span<float> gates = GatesOf(piece, out int rows), sums = SumsOf(piece);
        sums.Clear();
        _tape.Kernels.AddColumnSums(gates, rows, _sum.Length, sums);
    }

    private Span<float> GatesOf(int piece, out int rows)
    {
        int start = piece * PieceRows;
        rows = Math.Min(PieceRows, _rows - start);
        return _gates!.Values.Slice((_firstRow + start) * _sum.Length, rows * _sum.Length);
    }

    private Span<float> SumsOf(int piece) => _pieceSums!.Values.Slice(piece * _sum.Length, _sum.Length);
}
