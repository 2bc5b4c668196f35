using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Tests.Autograd.Gradients;

/// <summary>All time steps into one, over sequences of 4, 0 and 2 steps.</summary>
internal sealed class PoolingGradients : IGradientCases
{
    private const int Steps = 4, Batch = 3, Width = 5;

    private static readonly int[] Lengths = [4, 0, 2];

    private readonly RandomSource _random = new(11);

    public IEnumerable<GradientCase> Cases()
    {
        yield return Case(nameof(PoolingOverTime.Ends), "", (tape, x) => tape.Ends(x, Lengths), (x, b, f) => At(x, Lengths[b] - 1, b, f));
        yield return Case(nameof(PoolingOverTime.Ends), "two directions", (tape, x) => tape.Ends(x, Lengths, 2), (x, b, f) => At(x, f < 3 ? Lengths[b] - 1 : 0, b, f));
        yield return Case(nameof(PoolingOverTime.MaxOverTime), "", (tape, x) => tape.MaxOverTime(x, Lengths), (x, b, f) => Series(x, b, f).Max());
        yield return Case(nameof(PoolingOverTime.MeanOverTime), "", (tape, x) => tape.MeanOverTime(x, Lengths), (x, b, f) => Series(x, b, f).Average());
    }

    private static double At(Array64 x, int step, int row, int feature) => x[(((step * Batch) + row) * Width) + feature];

    private static IEnumerable<double> Series(Array64 x, int row, int feature) => Enumerable.Range(0, Lengths[row]).Select(step => At(x, step, row, feature));

    private GradientCase Case(string method, string switches, Func<Carousel.Autograd.Tape, Tensor, Tensor> run, Func<Array64, int, int, double> pooled) => new(
        typeof(PoolingOverTime), method, switches, [Array64.Uniform(_random, -2, 2, Steps, Batch, Width)],
        (tape, x) => [run(tape, x[0])],
        x => [new Array64([Batch, Width], [.. Enumerable.Range(0, Batch * Width).Select(at => Lengths[at / Width] == 0 ? 0 : pooled(x[0], at / Width, at % Width))])]);
}
