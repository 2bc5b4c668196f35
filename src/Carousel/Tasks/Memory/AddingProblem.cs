using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Metrics;
using Carousel.Numerics;

namespace Carousel.Tasks.Memory;

/// <summary>
/// The adding problem (Hochreiter &amp; Schmidhuber 1997, in the form of Le et al. 2015): each step holds a number uniform in [0, 1) and a mark, which is 1 at two steps, one in each
/// half of the sequence. After the last step the sum of the two marked numbers is asked for. Answering 1 always has a mean squared error of 1/6.
/// </summary>
/// <param name="length">T, 2 or more.</param>
public sealed class AddingProblem(int length) : MemoryProblem
{
    /// <inheritdoc/>
    public override int Steps => length;

    /// <inheritdoc/>
    public override int Inputs => 2;

    /// <inheritdoc/>
    public override int Outputs => 1;

    /// <inheritdoc/>
    public override int Answers => 1;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> WithoutMemory => new Dictionary<string, double> { ["mse"] = 1.0 / 6, ["mae"] = 1.0 / 3 };

    /// <inheritdoc/>
    public override void Draw(RandomSource random, Span<float> x, Span<float> answers)
    {
        ArgumentNullException.ThrowIfNull(random);
        for (int step = 0; step < length; step++)
        {
            x[2 * step] = random.NextSingle();
        }

        int first = random.NextInt(length / 2), second = (length / 2) + random.NextInt(length - (length / 2));
        x[(2 * first) + 1] = x[(2 * second) + 1] = 1;
        answers[0] = x[2 * first] + x[2 * second];
    }

    /// <inheritdoc/>
    public override Tensor Loss(Tape tape, Tensor outputs, Tensor answers)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(answers);
        return tape.SquaredError(outputs.Reshape(outputs.Length), answers.Reshape(answers.Length));
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Score(ReadOnlySpan<float> outputs, ReadOnlySpan<float> answers)
    {
        RegressionErrors errors = RegressionErrors.Of(answers, outputs);
        return new Dictionary<string, double> { ["mse"] = errors.Mse, ["mae"] = errors.Mae };
    }
}
