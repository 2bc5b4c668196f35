using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Dropout (Srivastava et al. 2014).</summary>
public static class DropoutOperation
{
    /// <summary>While training, sets each element to zero with probability <paramref name="rate"/> and divides the rest by 1 − rate; else returns <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor Dropout(this Tape tape, Tensor x, float rate)
    {
        if (!tape.IsTraining || rate == 0)
        {
            return x;
        }

        var pass = new Pass(tape, tape.Empty(x.Shape), rate, x, tape.Empty(x.Shape));
        pass.Forward();
        tape.Record("dropout", [pass.Output!], [x], pass.Backward, pass.Forward);
        return pass.Output!;
    }

    /// <summary>A mask of independent 0 and 1/(1 − rate), to be used several times: on every time step, on a weight.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 ≤ rate &lt; 1.</exception>
    public static Tensor DropoutMask(this Tape tape, float rate, params ReadOnlySpan<int> shape)
    {
        var pass = new Pass(tape, tape.Empty(shape), rate, x: null, output: null);
        pass.Forward();
        tape.Record("dropout_mask", [pass.Mask], [], static () => { }, pass.Forward);
        return pass.Mask;
    }

    // The tape's random numbers give a seed, and each piece of the mask has a stream of its own from there: the same mask whatever the number of threads.
    private sealed class Pass
    {
        private const int Piece = 1 << 14;

        private readonly Tape _tape;
        private readonly Tensor? _x;
        private readonly float _rate;
        private readonly RandomSource[] _streams;
        private readonly Action<int> _forwardPiece, _backwardPiece;
        private ulong _seed;
        private bool _adds;

        public Pass(Tape tape, Tensor mask, float rate, Tensor? x, Tensor? output)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(rate);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rate, 1);
            (_tape, Mask, _rate, _x, Output) = (tape, mask, rate, x, output);
            (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
            _streams = [.. Enumerable.Range(0, (mask.Length + Piece - 1) / Piece).Select(static _ => new RandomSource(0))];
        }

        public Tensor Mask { get; }

        public Tensor? Output { get; }

        public void Forward()
        {
            _seed = _tape.Random.NextBits();
            _tape.Workers.Run(_streams.Length, _forwardPiece);
        }

        public void Backward()
        {
            if (_x!.NeedsGradient)
            {
                _tape.GradientOf(_x, out _adds);
                _tape.Workers.Run(_streams.Length, _backwardPiece);
            }
        }

        private void ForwardPiece(int piece)
        {
            (int start, int length) = Range(piece);
            Span<float> mask = Mask.Values.Slice(start, length);
            _streams[piece].Restart(_seed + (ulong)piece);
            _streams[piece].FillMask(mask, _rate, 1 / (1 - _rate));
            if (Output is not null)
            {
                TensorPrimitives.Multiply(_x!.Values.Slice(start, length), mask, Output.Values.Slice(start, length));
            }
        }

        private void BackwardPiece(int piece)
        {
            (int start, int length) = Range(piece);
            ReadOnlySpan<float> gradient = Output!.Gradient.Slice(start, length), mask = Mask.Values.Slice(start, length);
            Span<float> sum = _x!.Gradient.Slice(start, length);
            if (_adds)
            {
                TensorPrimitives.FusedMultiplyAdd(gradient, mask, sum, sum);
            }
            else
            {
                TensorPrimitives.Multiply(gradient, mask, sum);
            }
        }

        private (int Start, int Length) Range(int piece) => (piece * Piece, Math.Min(Piece, Mask.Length - (piece * Piece)));
    }
}
