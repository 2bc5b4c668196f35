using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Tasks.Memory;

/// <summary>
/// The copy task (Hochreiter &amp; Schmidhuber 1997, in the form of Arjovsky et al. 2016): some symbols out of eight, a long blank, a sign to begin, and then the symbols are asked for in
/// their order. Guessing is right one time in eight. The loss looks at the answers only.
/// </summary>
/// <param name="delay">Blank steps between the symbols and the answers, 1 or more; the last one holds the sign.</param>
/// <param name="symbols">Symbols to keep, 1 or more.</param>
public sealed class CopyProblem(int delay, int symbols) : MemoryProblem
{
    private const int Alphabet = 8, Blank = Alphabet, Sign = Alphabet + 1;

    /// <inheritdoc/>
    public override int Steps => symbols + delay + symbols;

    /// <inheritdoc/>
    public override int Inputs => Alphabet + 2;

    /// <inheritdoc/>
    public override int Outputs => Alphabet;

    /// <inheritdoc/>
    public override int Answers => symbols;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> WithoutMemory => new Dictionary<string, double> { ["accuracy"] = 1.0 / Alphabet, ["nll"] = Math.Log(Alphabet) };

    /// <inheritdoc/>
    public override void Draw(RandomSource random, Span<float> x, Span<float> answers)
    {
        ArgumentNullException.ThrowIfNull(random);
        for (int step = 0; step < Steps; step++)
        {
            int symbol = step < symbols ? random.NextInt(Alphabet) : step == symbols + delay - 1 ? Sign : Blank;
            x[(step * Inputs) + symbol] = 1;
            if (step < symbols)
            {
                answers[step] = symbol;
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor Loss(Tape tape, Tensor outputs, Tensor answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        return tape.CrossEntropy(outputs, [.. answers.Values.ToArray().Select(answer => (int)answer)]);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Score(ReadOnlySpan<float> outputs, ReadOnlySpan<float> answers)
    {
        Span<float> probabilities = stackalloc float[Alphabet];
        double right = 0, nll = 0;
        for (int at = 0; at < answers.Length; at++)
        {
            ReadOnlySpan<float> logits = outputs.Slice(at * Alphabet, Alphabet);
            int answer = (int)answers[at];
            right += TensorPrimitives.IndexOfMax(logits) == answer ? 1 : 0;
            nll += KernelCatalog.Selected.Softmax(logits, probabilities) - logits[answer];
        }

        return new Dictionary<string, double> { ["accuracy"] = right / answers.Length, ["nll"] = nll / answers.Length };
    }
}
