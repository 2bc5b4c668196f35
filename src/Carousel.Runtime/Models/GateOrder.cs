namespace Carousel.Runtime.Models;

/// <summary>
/// The order in which the row blocks of a recurrent weight stand. There is one order inside Carousel, defined here; files of others are permuted when they
/// are read and written.
/// </summary>
/// <remarks>PyTorch and Keras store i f g o as we do; ONNX stores i o f g (it calls g "c"), RTNeural's Eigen backend f i o g, char-rnn i f o g.</remarks>
public sealed class GateOrder
{
    /// <summary>An order spelt with one letter per gate.</summary>
    /// <param name="letters">Distinct letters, e.g. <c>iofg</c>.</param>
    /// <exception cref="ArgumentException">A letter stands twice, or there is none.</exception>
    public GateOrder(string letters)
    {
        ArgumentException.ThrowIfNullOrEmpty(letters);
        if (letters.Distinct().Count() != letters.Length)
        {
            throw new ArgumentException($"gate order '{letters}' names a gate twice", nameof(letters));
        }

        Letters = letters;
    }

    /// <summary>The order of every LSTM in Carousel: input gate i, forget gate f, candidate g, output gate o.</summary>
    public static GateOrder Lstm { get; } = new("ifgo");

    /// <summary>The order of every GRU in Carousel: reset gate r, update gate z, candidate n.</summary>
    public static GateOrder Gru { get; } = new("rzn");

    /// <summary>One letter per gate, first block first.</summary>
    public string Letters { get; }

    /// <summary>Number of gates.</summary>
    public int Count => Letters.Length;

    /// <summary>Copies the blocks of <paramref name="values"/>, which stand in this order, into <paramref name="result"/> in the order <paramref name="target"/>.</summary>
    /// <param name="values">[gates·H, …] row-major: a weight or a bias in this order.</param>
    /// <param name="target">The order wanted, of the same gates.</param>
    /// <param name="result">As long as <paramref name="values"/>; does not overlap it.</param>
    /// <exception cref="ArgumentException">The orders name different gates, or the length does not divide by the number of gates.</exception>
    public void Permute<T>(ReadOnlySpan<T> values, GateOrder target, Span<T> result)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (values.Length % Count != 0 || result.Length != values.Length || target.Count != Count)
        {
            throw new ArgumentException($"{values.Length} values in order {Letters} cannot be put into {result.Length} in order {target.Letters}");
        }

        int block = values.Length / Count;
        for (int gate = 0; gate < Count; gate++)
        {
            int source = Letters.IndexOf(target.Letters[gate], StringComparison.Ordinal);
            if (source < 0)
            {
                throw new ArgumentException($"gate '{target.Letters[gate]}' of order {target.Letters} is not in order {Letters}", nameof(target));
            }

            values.Slice(source * block, block).CopyTo(result.Slice(gate * block, block));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Letters.AsEnumerable());
}
