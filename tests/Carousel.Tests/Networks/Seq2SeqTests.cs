using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Networks;

public sealed class Seq2SeqTests
{
    private static readonly Seq2SeqConfig Plain = new() { SourceVocabularySize = 11, TargetVocabularySize = 11, EmbeddingSize = 6, HiddenSize = 8, Layers = 2, Dropout = 0 };

    private static readonly Dictionary<string, Seq2SeqConfig> Configs = new()
    {
        ["plain"] = Plain,
        ["both directions, copied"] = Plain with { Bidirectional = true, SourceVocabularySize = 13 },
        ["luong general, mean bridge, target tied"] = Plain with { Bidirectional = true, Bridge = BridgeKind.Mean, Attention = AttentionKind.LuongGeneral, Tied = TiedEmbeddings.Target, SourceVocabularySize = 9 },
        ["luong dot, final bridge, all tied"] = Plain with { Layers = 1, Bidirectional = true, Bridge = BridgeKind.Final, Attention = AttentionKind.LuongDot, AttentionalSize = 6, Tied = TiedEmbeddings.All },
        ["luong general, fed"] = Plain with { Bidirectional = true, Bridge = BridgeKind.Final, Attention = AttentionKind.LuongGeneral, InputFeeding = true, AttentionalSize = 5, Tied = TiedEmbeddings.All },
        ["bahdanau, fed, one direction"] = Plain with { Attention = AttentionKind.Bahdanau, AttentionSize = 7, InputFeeding = true },
    };

    private static readonly int[][] Sentences = [[4, 5, 6, 7, 3], [3], [8, 4, 3]], Written = [[5, 6], [7, 8, 9, 4], []];

    public static TheoryData<string> Names => [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_are_those_of_the_config(string name)
    {
        Seq2Seq network = Make(name);

        Assert.Equal(network.Config.Parameters(), network.Parameters.Select(entry => new ParameterSpec(entry.Name, [.. entry.Parameter.Tensor.Shape])));
        Assert.Equal(network.Parameters.Count, network.Parameters.Select(entry => entry.Parameter).Distinct().Count());
    }

    /// <summary>Law 3: neither a sentence's loss nor its gradient knows the others of its batch.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_of_a_sentence_in_a_batch_is_that_of_the_sentence_alone(string name)
    {
        Seq2Seq network = Make(name);
        float[][] together = Terms(network, Sentences, Written);
        for (int at = 0; at < Sentences.Length; at++)
        {
            Assert.Equal(Terms(network, [Sentences[at]], [Written[at]])[0], together[at]);
        }
    }

    /// <summary>Law 5, dropout included.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Training_step_any_number_of_threads_gives_same_bits_and_reaches_every_parameter(string name)
    {
        Dictionary<string, float[]> one = Gradients(name, 1), three = Gradients(name, 3);

        Assert.All(one, entry => Assert.Equal(entry.Value, three[entry.Key]));
        Assert.All(one, entry => Assert.Contains(entry.Value, value => value != 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_is_the_slope_of_the_loss(string name)
    {
        Seq2Seq network = Make(name);
        Dictionary<string, float[]> gradients = Gradients(network, Workers.Single, dropout: false);
        foreach ((string parameter, Parameter weight) in network.Parameters)
        {
            // Along the gradient itself, so that no slope drowns in rounding.
            float[] gradient = gradients[parameter], kept = weight.Tensor.Values.ToArray();
            double norm = Math.Sqrt(gradient.Sum(value => (double)value * value)), step = 0.01;
            double Moved(double by)
            {
                for (int at = 0; at < kept.Length; at++)
                {
                    weight.Tensor.Values[at] = kept[at] + (float)(by * gradient[at] / norm);
                }

                return Terms(network, Sentences, Written).SelectMany(terms => terms).Sum(term => (double)term);
            }

            double slope = (Moved(step) - Moved(-step)) / (2 * step);
            Moved(0);
            Assert.True(Math.Abs(slope - norm) < 5e-4 + (0.01 * norm), $"{parameter}: slope {slope}, gradient {norm}");
        }
    }

    [Fact]
    public void Weights_of_the_source_are_1_in_sum_and_0_on_padding()
    {
        foreach (string name in Configs.Keys.Where(name => Configs[name].Attention != AttentionKind.None))
        {
            Seq2Seq network = Make(name);
            (int[] source, int[] lengths, int[] inputs, _) = Batch(Sentences, Written);
            Tensor weights = network.Write(new Tape(isRecording: false), network.Read(new Tape(isRecording: false), source, lengths), inputs).Weights!;

            Assert.Equal([3, 1, 5, 5], weights.Shape.ToArray());
            for (int row = 0; row < 3 * 5; row++)
            {
                Span<float> seen = weights.Values.Slice(row * 5, 5);
                Assert.Equal(1, TensorPrimitives.Sum(seen), 1e-5f);
                Assert.All(seen[lengths[row / 5]..].ToArray(), weight => Assert.Equal(0, weight));
            }
        }
    }

    [Fact]
    public void Forget_gates_of_encoder_and_decoder_start_from_the_bias_of_the_config()
    {
        Seq2Seq network = new(Plain with { Bidirectional = true, ForgetBias = -0.5f }, new RandomSource(0));
        (string Name, Parameter Parameter)[] biases = [.. network.Parameters.Where(entry => entry.Name.Contains(".bias_ih", StringComparison.Ordinal))];

        Assert.Equal(6, biases.Length); // two layers, of the encoder in two directions
        Assert.All(biases, entry =>
        {
            int hidden = entry.Parameter.Tensor.Length / 4;
            Assert.All(Enumerable.Range(0, 4 * hidden), at => Assert.Equal(at / hidden == 1 ? -0.5f : 0, entry.Parameter.Tensor.Values[at]));
        });
    }

    [Fact]
    public void Unsound_config_lists_every_problem()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new Seq2Seq(Plain with { EmbeddingSize = 0, Dropout = 1, ForgetBias = float.NaN }, new RandomSource(0)));

        Assert.Contains("embedding_size is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("dropout is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("forget_bias is NaN", error.Message, StringComparison.Ordinal);
    }

    // Weights so large that attention is sharp and no gradient drowns in rounding.
    private static Seq2Seq Make(string name, float dropout = 0)
    {
        Action<Tensor, RandomSource> start = (matrix, random) => Initialization.Uniform(matrix, random, 0.7f);
        return new Seq2Seq(Configs[name] with { Dropout = dropout }, new RandomSource(5), new Initialization { Input = start, Recurrent = start, Embedding = start });
    }

    private static Dictionary<string, float[]> Gradients(string name, int threads)
    {
        using var workers = new Workers(threads);
        return Gradients(Make(name, 0.25f), workers, dropout: true);
    }

    private static Dictionary<string, float[]> Gradients(Seq2Seq network, Workers workers, bool dropout)
    {
        var tape = new Tape(new RandomSource(1), workers, isTraining: dropout);
        (int[] source, int[] lengths, int[] inputs, int[] targets) = Batch(Sentences, Written);
        tape.Backward(network.Loss(tape, network.Read(tape, source, lengths), inputs, targets, reduction: Reduction.Sum));
        return network.Parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter.Tensor.Gradient.ToArray());
    }

    private static float[][] Terms(Seq2Seq network, int[][] sentences, int[][] written)
    {
        var tape = new Tape(isRecording: false);
        (int[] source, int[] lengths, int[] inputs, int[] targets) = Batch(sentences, written);
        Tensor terms = network.Loss(tape, network.Read(tape, source, lengths), inputs, targets, reduction: Reduction.None);
        return [.. written.Select((words, at) => Enumerable.Range(0, words.Length + 1).Select(step => terms.Values[(step * written.Length) + at]).ToArray())];
    }

    private static (int[] Source, int[] Lengths, int[] Inputs, int[] Targets) Batch(int[][] sentences, int[][] written)
    {
        int batch = sentences.Length, steps = written.Max(words => words.Length) + 1, sourceSteps = sentences.Max(words => words.Length);
        int[] source = new int[sourceSteps * batch], inputs = new int[steps * batch], targets = new int[steps * batch];
        for (int at = 0; at < batch; at++)
        {
            for (int step = 0; step < sourceSteps; step++)
            {
                source[(step * batch) + at] = step < sentences[at].Length ? sentences[at][step] : 0;
            }

            int[] known = [2, .. written[at], 3];
            for (int step = 0; step + 1 < known.Length; step++)
            {
                (inputs[(step * batch) + at], targets[(step * batch) + at]) = (known[step], known[step + 1]);
            }
        }

        return (source, [.. sentences.Select(words => words.Length)], inputs, targets);
    }
}
