using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Tasks.Classification;

namespace Carousel.Tests.Tasks.Classification;

/// <summary>The laws for every pooling.</summary>
public sealed class ClassificationNetworkTests
{
    private static readonly int[] Lengths = [9, 4, 1, 6, 9, 2];

    public static TheoryData<string> Names => SampleClassifiers.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_are_those_of_the_config(string name)
    {
        ClassifierConfig config = SampleClassifiers.Configs[name];
        Assert.Equal(
            config.Parameters().Select(parameter => parameter.ToString()),
            new ClassificationNetwork(config, new RandomSource(1)).Parameters.Select(entry => new ParameterSpec(entry.Name, [.. entry.Parameter.Tensor.Shape]).ToString()));
    }

    /// <summary>Law 3. What lies beyond a sequence's end is garbage here, to show that it is not looked at.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_padded_batch_gives_what_each_sequence_gives_alone(string name)
    {
        ClassifierConfig config = SampleClassifiers.Configs[name];
        ClassificationNetwork network = SampleClassifiers.Make(config);
        Tensor logits = network.Forward(new Tape(), Batch(config, garbage: true), Lengths);
        for (int sequence = 0; sequence < Lengths.Length; sequence++)
        {
            int length = Lengths[sequence];
            float[] values = SampleClassifiers.Sequence(config, length, (ulong)sequence);
            Tensor alone = network.Forward(new Tape(), Tensor.From(values, length, 1, values.Length / length), [length]);
            Assert.Equal(alone.Values.ToArray(), logits.At(sequence).Values.ToArray());
        }
    }

    /// <summary>Law 5, forward and backward, every dropout included; and padding takes no gradient.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Training_step_any_number_of_threads_gives_same_bits(string name)
    {
        IReadOnlyDictionary<string, float[]> one = Step(name, 1, garbage: false);
        Assert.All(one.Values, values => Assert.All(values, value => Assert.True(float.IsFinite(value))));
        Assert.All(one, result => Assert.Equal(result.Value, Step(name, 3, garbage: false)[result.Key]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_step_reaches_every_parameter_and_no_padding(string name)
    {
        IReadOnlyDictionary<string, float[]> gradients = Step(name, 1, garbage: true);
        Assert.All(gradients, result => Assert.Contains(result.Value, value => value != 0));
        if (SampleClassifiers.Configs[name].ReadsText)
        {
            // The token stands in the padding only.
            Assert.Equal(new float[5], gradients["embedding.weight"].AsSpan(SampleClassifiers.Unused * 5, 5).ToArray());
        }
    }

    [Fact]
    public void Sequence_of_no_steps_is_known_by_the_bias_alone()
    {
        foreach (ClassifierConfig config in SampleClassifiers.Configs.Values.Where(config => config.Network is not SequentialConfig))
        {
            ClassificationNetwork network = SampleClassifiers.Make(config);
            Tensor logits = network.Forward(new Tape(), Batch(config, garbage: true), [9, 0, 1, 6, 9, 2]);
            Assert.Equal(network.Parameters.Single(entry => entry.Name == "head.bias").Parameter.Tensor.Values.ToArray(), logits.At(1).Values.ToArray());
        }
    }

    private static Tensor Batch(ClassifierConfig config, bool garbage)
    {
        int steps = Lengths.Max(), width = config.ReadsText ? 1 : SampleClassifiers.Features;
        var batch = new Tensor(steps, Lengths.Length, width);
        batch.Values.Fill(garbage ? SampleClassifiers.Unused : 0);
        for (int sequence = 0; sequence < Lengths.Length; sequence++)
        {
            float[] values = SampleClassifiers.Sequence(config, Lengths[sequence], (ulong)sequence);
            for (int step = 0; step < Lengths[sequence]; step++)
            {
                values.AsSpan(step * width, width).CopyTo(batch.Values[(((step * Lengths.Length) + sequence) * width)..]);
            }
        }

        return batch;
    }

    private static IReadOnlyDictionary<string, float[]> Step(string name, int threads, bool garbage)
    {
        ClassifierConfig config = SampleClassifiers.Configs[name];
        ClassificationNetwork network = SampleClassifiers.Make(config);
        using var workers = new Workers(threads);
        var tape = new Tape(new RandomSource(8), workers, isTraining: true);
        Tensor batch = Batch(config, garbage);
        tape.Backward(tape.CrossEntropy(network.Forward(tape, batch, Lengths, embeddingDropout: 0.2f), [0, 1, 2, 3, 0, 1], labelSmoothing: 0.1f));
        return network.Parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter.Tensor.Gradient.ToArray());
    }
}
