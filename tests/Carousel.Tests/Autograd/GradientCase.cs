using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Tests.Autograd;

/// <summary>One operation under one setting of its switches, beside a float64 reference of what it computes.</summary>
/// <param name="Class">The class that has the operation.</param>
/// <param name="Method">Its name.</param>
/// <param name="Switches">What is special about this case; empty for nothing.</param>
/// <param name="Inputs">Everything it is differentiated by.</param>
/// <param name="Run">The operation.</param>
/// <param name="Reference">The same in float64.</param>
internal sealed record GradientCase(Type Class, string Method, string Switches, Array64[] Inputs, Func<Tape, Tensor[], Tensor[]> Run, Func<Array64[], Array64[]> Reference)
{
    /// <summary>Seed of the tape's random numbers, so that a reference can know the masks an operation draws.</summary>
    public const ulong Seed = 7;

    private const double Step = 1e-5, Tolerance = 1e-5;

    public string Operation => $"{Class.Name}.{Method}";

    public string Name => Switches.Length == 0 ? Operation : $"{Operation}, {Switches}";

    /// <summary>The float32 outputs agree with the reference.</summary>
    public void CheckForward()
    {
        Array64[] expected = Reference(Inputs);
        Tensor[] actual = Run(NewTape(Workers.Single), Tensors(_ => true));
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
        {
            Assert.Equal(expected[k].Shape, actual[k].Shape.ToArray());
            Compare($"output {k}", expected[k].Data, actual[k].Values);
        }
    }

    /// <summary>The tape's gradient of Σ G·y agrees with central differences of the reference, and is added to what the inputs' gradients held.</summary>
    public void CheckGradient()
    {
        const float Held = 0.5f;
        Tensor[] inputs = Tensors(_ => true);
        foreach (Tensor input in inputs)
        {
            input.Gradient.Fill(Held);
        }

        Differentiate(NewTape(Workers.Single), inputs);
        for (int k = 0; k < inputs.Length; k++)
        {
            TensorPrimitives.Subtract(inputs[k].Gradient, Held, inputs[k].Gradient);
            Compare($"gradient of input {k}", Differences(k), inputs[k].Gradient);
        }
    }

    /// <summary>Each input that needs no gradient gets none, and the others' stay the same bits.</summary>
    public void CheckUnneeded()
    {
        Tensor[] all = Tensors(_ => true);
        Differentiate(NewTape(Workers.Single), all);
        for (int spared = 0; spared < Inputs.Length; spared++)
        {
            Tensor[] inputs = Tensors(k => k != spared);
            Differentiate(NewTape(Workers.Single), inputs);
            for (int k = 0; k < inputs.Length; k++)
            {
                Assert.True(k == spared ? !inputs[k].HasGradient : inputs[k].Gradient.SequenceEqual(all[k].Gradient), $"{Name}: input {k} when input {spared} needs no gradient");
            }
        }
    }

    /// <summary>Several threads give the same bits as one, forward and backward.</summary>
    public void CheckThreads(Workers workers)
    {
        Tensor[] alone = Tensors(_ => true), together = Tensors(_ => true);
        Tensor[] outputsAlone = Differentiate(NewTape(Workers.Single), alone), outputsTogether = Differentiate(NewTape(workers), together);
        Assert.All(outputsAlone.Zip(outputsTogether), pair => Assert.True(pair.First.Values.SequenceEqual(pair.Second.Values), $"{Name}: outputs"));
        Assert.All(alone.Zip(together), pair => Assert.True(pair.First.Gradient.SequenceEqual(pair.Second.Gradient), $"{Name}: gradients"));
    }

    private static Tape NewTape(Workers workers) => new(new RandomSource(Seed), workers, isTraining: true);

    private Tensor[] Tensors(Func<int, bool> needsGradient) => [.. Inputs.Select((input, k) =>
    {
        Tensor tensor = input.ToTensor();
        tensor.NeedsGradient = needsGradient(k);
        return tensor;
    })];

    private Tensor[] Differentiate(Tape tape, Tensor[] inputs)
    {
        Tensor[] outputs = Run(tape, inputs);
        for (int k = 0; k < outputs.Length; k++)
        {
            Span<float> gradient = tape.GradientOf(outputs[k]);
            TensorPrimitives.Add(gradient, OutputGradient(k, outputs[k].Length), gradient);
        }

        tape.Backward();
        return outputs;
    }

    private static float[] OutputGradient(int output, int length)
    {
        var random = new RandomSource((ulong)(100 + output));
        return [.. Enumerable.Range(0, length).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    private double[] Differences(int input)
    {
        double[] differences = new double[Inputs[input].Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = (LossAt(input, i, Step) - LossAt(input, i, -Step)) / (2 * Step);
        }

        return differences;
    }

    private double LossAt(int input, int element, double shift)
    {
        Array64[] shifted = [.. Inputs];
        shifted[input] = Inputs[input].Copy();
        shifted[input][element] += shift;
        return Reference(shifted).Select((output, k) => OutputGradient(k, output.Length).Zip(output.Data, (g, y) => g * y).Sum()).Sum();
    }

    private void Compare(string what, double[] expected, ReadOnlySpan<float> actual)
    {
        double allowed = Tolerance * Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(actual[i] - expected[i]) <= allowed, $"{Name}: {what}, element {i}: {actual[i]:R}, expected {expected[i]:R} ± {allowed:R}");
        }
    }
}
