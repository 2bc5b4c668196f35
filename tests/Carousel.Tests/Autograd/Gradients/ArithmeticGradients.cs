using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Tests.Autograd.Gradients;

internal sealed class ArithmeticGradients : IGradientCases
{
    private readonly RandomSource _random = new(1);

    public IEnumerable<GradientCase> Cases()
    {
        foreach ((string switches, int[] second) in new (string, int[])[] { ("equal shapes", [3, 5, 7]), ("second repeated", [5, 7]), ("second a row", [7]), ("second a number", []) })
        {
            yield return Case(nameof(Arithmetic.Add), switches, [X(3, 5, 7), X(second)], (tape, x) => tape.Add(x[0], x[1]), x => Repeat(x, (a, b) => a + b));
            yield return Case(nameof(Arithmetic.Subtract), switches, [X(3, 5, 7), X(second)], (tape, x) => tape.Subtract(x[0], x[1]), x => Repeat(x, (a, b) => a - b));
            yield return Case(nameof(Arithmetic.Multiply), switches, [X(3, 5, 7), X(second)], (tape, x) => tape.Multiply(x[0], x[1]), x => Repeat(x, (a, b) => a * b));
        }

        yield return Case(nameof(Arithmetic.Multiply), "by itself", [X(3, 7)], (tape, x) => tape.Multiply(x[0], x[0]), x => x[0].Map(a => a * a));
        yield return Case(nameof(Arithmetic.Scale), "", [X(5, 3)], (tape, x) => tape.Scale(x[0], -1.5f, 0.25f), x => x[0].Map(a => (-1.5 * a) + 0.25));
        yield return Case(nameof(Arithmetic.OneMinus), "", [X(17)], (tape, x) => tape.OneMinus(x[0]), x => x[0].Map(a => 1 - a));
        yield return Case(nameof(Arithmetic.Clamp), "", [X(5, 13)], (tape, x) => tape.Clamp(x[0], -0.75f, 1.25f), x => x[0].Map(a => Math.Clamp(a, -0.75, 1.25)));
    }

    private static GradientCase Case(string method, string switches, Array64[] inputs, Func<Tape, Tensor[], Tensor> run, Func<Array64[], Array64> reference) =>
        new(typeof(Arithmetic), method, switches, inputs, (tape, x) => [run(tape, x)], x => [reference(x)]);

    private static Array64 Repeat(Array64[] x, Func<double, double, double> function) => x[0].Map((a, i) => function(a, x[1][i % x[1].Length]));

    private Array64 X(params int[] shape) => Array64.Uniform(_random, -2, 2, shape);
}
