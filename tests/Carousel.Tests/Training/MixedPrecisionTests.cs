using System.Runtime.CompilerServices;
using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Jit;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tests.Training;

/// <summary>Training in bf16 against training in float32, in the shapes of the jobs that are measured.</summary>
public sealed class MixedPrecisionTests
{
    // Relative errors (of gradients in the 2-norm, tensor by tensor). An operand in bf16 is off by up to 2⁻⁹, about 0.1 % on average.
    private const double LossTolerance = 2e-3, GradientTolerance = 2e-2;

    // Two ways to add the same products up differ by float32 rounding, which now and then makes a later operand round the other way.
    private const double KernelTolerance = 5e-3;

    /// <summary>The emitted kernels are registered before anything asks for kernels.</summary>
    [ModuleInitializer]
    internal static void Register() => JitKernels.Register();

    public static TheoryData<string> Jobs => ["language model 2x200", "language model 2x650", "encoder-decoder 2x512", "forecaster 64"];

    [Theory]
    [MemberData(nameof(Jobs))]
    public void Gradients_are_those_of_float32_within_the_tolerance(string name)
    {
        (double loss, float[][] gradients) = Run(name, KernelCatalog.Selected);
        (double mixedLoss, float[][] mixed) = Run(name, KernelCatalog.Selected.Mixed);
        Assert.NotEqual(loss, mixedLoss);
        AssertClose(loss, mixedLoss, LossTolerance, "loss");
        AssertClose(gradients, mixed, GradientTolerance);
    }

    [Theory]
    [MemberData(nameof(Jobs))]
    public void Gradients_of_emitted_and_fallback_kernels_agree_within_the_tolerance(string name)
    {
        MixedKernels emitted = KernelCatalog.Selected.Mixed;
        Assert.SkipWhen(emitted.IsFallback, emitted.Reason);
        MixedKernels fallback = KernelCatalog.Supported.First(set => set.Mixed.IsFallback && set.Name != "scalar").Mixed;
        (double loss, float[][] gradients) = Run(name, emitted);
        (double otherLoss, float[][] others) = Run(name, fallback);
        AssertClose(loss, otherLoss, KernelTolerance, "loss");
        AssertClose(gradients, others, KernelTolerance);
    }

    [Theory]
    [InlineData("language model 2x200")]
    [InlineData("forecaster 64")]
    public void Gradients_of_one_and_three_threads_have_the_same_bits(string name)
    {
        using var three = new Workers(3);
        (double loss, float[][] gradients) = Run(name, KernelCatalog.Selected.Mixed);
        (double otherLoss, float[][] others) = Run(name, KernelCatalog.Selected.Mixed, three);
        Assert.Equal(loss, otherLoss);
        Assert.Equal(gradients, others);
    }

    // More rows than a block of slopes, and more steps than a segment of a recurrent layer.
    [Theory]
    [InlineData("language model 2x200")]
    [InlineData("forecaster 64")]
    public void Gradients_recomputed_have_the_same_bits(string name)
    {
        (double loss, float[][] gradients) = Run(name, KernelCatalog.Selected.Mixed);
        (double otherLoss, float[][] others) = Run(name, KernelCatalog.Selected.Mixed, recomputes: true);
        Assert.Equal(loss, otherLoss);
        Assert.Equal(gradients, others);
    }

    [Fact]
    public void Kernels_of_a_precision_say_what_they_are()
    {
        Assert.Same(KernelCatalog.Selected, TrainingKernels.Of(TrainingPrecision.Float32));
        Assert.Empty(TrainingKernels.Notes(KernelCatalog.Selected));
        MixedKernels mixed = KernelCatalog.Selected.Mixed;
        Assert.Same(mixed, TrainingKernels.Of(TrainingPrecision.BFloat16));
        Assert.Contains(mixed.Reason, Assert.Single(TrainingKernels.Notes(mixed)), StringComparison.Ordinal);
        MixedKernels fallback = KernelCatalog.Supported.Single(set => set.Name == "scalar").Mixed;
        Assert.True(fallback.IsFallback);
        Assert.Equal("scalar/rounded", fallback.Name);
        string note = Assert.Single(TrainingKernels.Notes(fallback));
        Assert.Contains("multiplies in float32", note, StringComparison.Ordinal);
        Assert.Contains("avx512-bf16", note, StringComparison.Ordinal);
    }

    private static (double Loss, float[][] Gradients) Run(string name, KernelSet kernels, Workers? workers = null, bool recomputes = false)
    {
        var tape = new Tape(new RandomSource(1), workers, kernels, isTraining: true, recomputes: recomputes);
        var random = new RandomSource(2);
        (Layer[] layers, Func<Tensor> forward) = name switch
        {
            "language model 2x200" => LanguageModel(tape, random, steps: 20, batch: 20, hidden: 200),
            "language model 2x650" => LanguageModel(tape, random, steps: 12, batch: 20, hidden: 650),
            "encoder-decoder 2x512" => EncoderDecoder(tape, random),
            _ => Forecaster(tape, random),
        };
        Tensor loss = forward();
        tape.Backward(loss);
        return (loss.Values[0], [.. layers.SelectMany(layer => layer.Parameters()).Select(entry => entry.Parameter.Tensor.Gradient.ToArray())]);
    }

    private static (Layer[], Func<Tensor>) LanguageModel(Tape tape, RandomSource random, int steps, int batch, int hidden)
    {
        const int Vocabulary = 1001;
        var lstm = new Lstm(new LstmConfig(hidden, hidden) { Layers = 2 }, random);
        var head = new Linear(new LinearConfig(hidden, Vocabulary), random);
        Tensor x = Normal(random, steps, batch, hidden);
        return ([lstm, head], () => tape.LinearCrossEntropy(lstm.Forward(tape, x, null).Output, head.Weight, head.Bias!.Tensor, Labels(steps * batch, Vocabulary)));
    }

    private static (Layer[], Func<Tensor>) EncoderDecoder(Tape tape, RandomSource random)
    {
        const int Vocabulary = 1001, Embedding = 256, Hidden = 512, Batch = 32, Source = 20, Target = 25;
        var encoder = new Lstm(new LstmConfig(Embedding, Hidden) { Layers = 2 }, random);
        var decoder = new Lstm(new LstmConfig(Embedding, Hidden) { Layers = 2 }, random);
        var head = new Linear(new LinearConfig(Hidden, Vocabulary), random);
        Tensor source = Normal(random, Source, Batch, Embedding), target = Normal(random, Target, Batch, Embedding);
        return ([encoder, decoder, head], () => tape.LinearCrossEntropy(decoder.Forward(tape, target, encoder.Forward(tape, source, null).State).Output, head.Weight, head.Bias!.Tensor, Labels(Target * Batch, Vocabulary)));
    }

    private static (Layer[], Func<Tensor>) Forecaster(Tape tape, RandomSource random)
    {
        const int Inputs = 7, Hidden = 64, Batch = 32, Steps = 96;
        var lstm = new Lstm(new LstmConfig(Inputs, Hidden), random);
        var head = new Linear(new LinearConfig(Hidden, Inputs), random);
        Tensor x = Normal(random, Steps, Batch, Inputs), truth = Normal(random, Steps, Batch, Inputs);
        return ([lstm, head], () => tape.SquaredError(head.Forward(tape, lstm.Forward(tape, x, null).Output), truth));
    }

    private static int[] Labels(int count, int classes) => [.. Enumerable.Range(0, count).Select(at => at * 7 % classes)];

    private static Tensor Normal(RandomSource random, params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(shape) { NeedsGradient = true };
        foreach (ref float value in tensor.Values)
        {
            value = random.NextNormal();
        }

        return tensor;
    }

    private static void AssertClose(double expected, double found, double tolerance, string what) =>
        Assert.True(Math.Abs(found - expected) <= tolerance * Math.Abs(expected), $"{what}: {found:R}, expected {expected:R} within {tolerance:P2}");

    private static void AssertClose(float[][] expected, float[][] found, double tolerance)
    {
        for (int at = 0; at < expected.Length; at++)
        {
            double error = Math.Sqrt(expected[at].Zip(found[at]).Sum(pair => Math.Pow(pair.First - pair.Second, 2))), norm = Math.Sqrt(expected[at].Sum(value => (double)value * value));
            Assert.True(norm > 0 && error <= tolerance * norm, $"gradient {at}: off by {error / norm:P3}, expected at most {tolerance:P2}");
        }
    }
}
