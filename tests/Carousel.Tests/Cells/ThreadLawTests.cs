using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>Law 5: one thread and N threads give the same bits, forward and backward.</summary>
public sealed class ThreadLawTests
{
    // Wide enough that the products over all steps and those of one step are cut into several pieces.
    private const int Steps = 3, Batch = 18, Inputs = 24, Units = 72;

    [Theory]
    [MemberData(nameof(RecurrentVariants.Extremes), MemberType = typeof(RecurrentVariants))]
    public void Training_step_on_more_threads_gives_the_bits_of_one(string variant)
    {
        List<(string Name, float[] Values)> expected = Run(variant, threads: 1);
        foreach (int threads in (int[])[2, 3])
        {
            foreach (((string name, float[] wanted), (_, float[] found)) in expected.Zip(Run(variant, threads)))
            {
                RecurrentVariants.AssertSameBits(wanted, found, $"{name} on {threads} threads");
            }
        }
    }

    private static List<(string Name, float[] Values)> Run(string variant, int threads)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, Inputs, Units);
        Layer layer = RecurrentVariants.Make(config);
        var random = new RandomSource(2);
        Tensor x = RecurrentVariants.Normal(random, Steps, Batch, Inputs);
        x.NeedsGradient = true;
        LayerState start = RecurrentVariants.State(config, Batch, random);
        int[] lengths = [.. Enumerable.Range(0, Batch).Select(row => 1 + (row % Steps))];

        using var workers = new Workers(threads);
        var tape = new Tape(new RandomSource(3), workers, isTraining: true);
        (Tensor output, LayerState? end) = layer.Forward(tape, x, start, lengths);
        RecurrentVariants.Normal(random, output.Shape).Values.CopyTo(tape.GradientOf(output));
        foreach ((_, Tensor tensor) in end!.Tensors())
        {
            RecurrentVariants.Normal(random, tensor.Shape).Values.CopyTo(tape.GradientOf(tensor));
        }

        tape.Backward();
        return
        [
            ("output", output.Values.ToArray()),
            .. end.Tensors().Select(entry => (entry.Name, entry.Tensor.Values.ToArray())),
            ("gradient of x", x.Gradient.ToArray()),
            .. layer.Parameters().Select(entry => ($"gradient of {entry.Name}", entry.Parameter.Tensor.Gradient.ToArray())),
        ];
    }
}
