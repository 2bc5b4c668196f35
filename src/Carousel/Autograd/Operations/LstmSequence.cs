using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>
/// One LSTM layer in one direction over a whole sequence as a single operation (Hochreiter &amp; Schmidhuber 1997; projection: Sak et al. 2014):
/// <code>
/// z_t = W x_t + b_ih + U h_{t−1} + b_hh        one product for W x over all time steps, then one product per step
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)   g = tanh(z_g)
/// c_t = f ⊙ c_{t−1} + i ⊙ g          m_t = o ⊙ tanh c_t          h_t = m_t, or W_hr m_t
/// </code>
/// and its exact gradient by back-propagation through time, with the weights' gradients as one product for each long stretch of steps.
/// </summary>
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

        var pass = new LstmPass(tape, x, weights, hidden, cell, lengths, reverse);
        pass.Forward();
        tape.Record("lstm", [pass.Output, pass.Hidden, pass.Cell], [x, hidden, cell, weights.InputHidden, weights.HiddenHidden, weights.InputBias, weights.HiddenBias, weights.Projection],
            pass.Backward, pass.Forward, pass.FindNonFinite);
        return (pass.Output, pass.Hidden, pass.Cell);
    }

    private static void Check(Tensor? state, int batch, int width, string name)
    {
        if (state is not null && !state.Shape.SequenceEqual([batch, width]))
        {
            throw new ArgumentException($"initial state '{name}' must be [{batch}, {width}], found {state}", name);
        }
    }
}
