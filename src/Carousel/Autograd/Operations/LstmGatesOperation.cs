using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>What the cells of the LSTM family do after their matrix products.</summary>
public static class LstmGatesOperation
{
    /// <summary>
    /// The post-product of the plain LSTM as one operation (Hochreiter &amp; Schmidhuber 1997; Gers et al. 2000):
    /// i, f, o = σ(z); g = tanh(z_g); c = f ⊙ c₋ + i ⊙ g; h = o ⊙ tanh c.
    /// </summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="z">[B, 4H], row blocks i f g o, biases included.</param>
    /// <param name="previousCell">c₋ [B, H]</param>
    /// <returns>h and c, [B, H] each.</returns>
    public static (Tensor Hidden, Tensor Cell) LstmGates(this Tape tape, Tensor z, Tensor previousCell)
    {
        int batch = previousCell.Shape[0], units = previousCell.Shape[1];
        Tensor gates = tape.Empty(batch, 4 * units), cellTanh = tape.Empty(batch, units);
        Tensor hidden = tape.Empty(batch, units), cell = tape.Empty(batch, units);
        z.Values.CopyTo(gates.Values);
        tape.Kernels.LstmForward(batch, units, gates.Values, previousCell.Values, cell.Values, cellTanh.Values, hidden.Values);
        tape.Record("lstm_gates", [hidden, cell], [z, previousCell], () =>
        {
            Tensor cellGradient = tape.Empty(batch, units);
            cell.Gradient.CopyTo(cellGradient.Values);
            tape.Kernels.LstmBackward(batch, units, gates.Values, previousCell.Values, cellTanh.Values, hidden.Gradient, cellGradient.Values, gates.Values);
            Arithmetic.Accumulate(tape, z, gates.Values);
            Arithmetic.Accumulate(tape, previousCell, cellGradient.Values);
        });
        return (hidden, cell);
    }

    /// <summary>The four blocks of [.., 4H] in gate order i f g o.</summary>
    /// <returns>Four times [.., H].</returns>
    public static (Tensor I, Tensor F, Tensor G, Tensor O) SplitGates(this Tape tape, Tensor z)
    {
        Tensor[] blocks = tape.Split(z, 4);
        return (blocks[0], blocks[1], blocks[2], blocks[3]);
    }

    /// <summary>The three blocks of [.., 3H] in the GRU's order r z n.</summary>
    /// <returns>Three times [.., H].</returns>
    public static (Tensor R, Tensor Z, Tensor N) SplitGruGates(this Tape tape, Tensor a)
    {
        Tensor[] blocks = tape.Split(a, 3);
        return (blocks[0], blocks[1], blocks[2]);
    }
}
