using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Cells;

namespace Carousel.Tests.Streams;

/// <summary>Networks that read one sequence and write another: training and runtime give the same bits, and the laws hold.</summary>
public sealed class EncoderDecoderTests
{
    private const int Words = 11, Features = 5;

    private static readonly Dictionary<string, EncoderDecoderConfig> Configs = new()
    {
        ["lstm, state alone"] = new(new LstmConfig(Features, 9), new LstmConfig(Features, 9), 4),
        ["lstm, two layers, luong dot"] = new(new LstmConfig(Features, 9) { Layers = 2 }, new LstmConfig(Features, 9) { Layers = 2 }, 4) { Attention = new LuongAttentionConfig(9, 9) { Score = LuongScore.Dot } },
        ["words, both directions, two layers, luong general"] = new(
            new SequentialConfig(new EmbeddingConfig(Words, 6), new LstmConfig(6, 5) { Layers = 2, Bidirectional = true }),
            new SequentialConfig(new EmbeddingConfig(Words, 7), new LstmConfig(7, 10) { Layers = 2 }),
            Words)
        { Attention = new LuongAttentionConfig(10, 10) },
        ["both directions, projected, luong concat"] = new(new LstmConfig(Features, 8) { Bidirectional = true, ProjectionSize = 3 }, new LstmConfig(Features, 16) { ProjectionSize = 6 }, 4)
        {
            Attention = new LuongAttentionConfig(6, 6) { Score = LuongScore.Concat, AttentionSize = 5 },
        },
        ["gru, both directions, additive"] = new(new GruConfig(Features, 4) { Bidirectional = true }, new GruConfig(Features, 8), 4) { Attention = new AdditiveAttentionConfig(8, 8, 7) { Bias = true } },
        ["convolution before, linear before, multi-head"] = new(
            new SequentialConfig(new Conv1dConfig(Features, 6, 3) { Stride = 2, Padding = 1 }, new PeepholeLstmConfig(6, 8)),
            new SequentialConfig(new LinearConfig(Features, 3), new LayerNormLstmConfig(3, 8)),
            4)
        { Attention = new MultiHeadAttentionConfig(8, 2) },
        ["a recurrent layer before the last"] = new(
            new SequentialConfig(new GruConfig(Features, 3), new LstmConfig(3, 7)), new SequentialConfig(new LstmConfig(Features, 4), new ZoneoutLstmConfig(4, 7)), 3),
    };

    public static TheoryData<string> Names => [.. Configs.Keys];

    public static TheoryData<string, Precision> Precisions => [.. Configs.Keys.SelectMany(name => Enum.GetValues<Precision>().Select(precision => (name, precision)))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_same_bits_as_the_training_library(string name)
    {
        EncoderDecoder network = Make(name);
        foreach ((int sourceSteps, int steps) in ((int, int)[])[(7, 4), (1, 1), (70, 80)])
        {
            Tensor source = Source(network.Config.Encoder, sourceSteps, 1), inputs = Source(network.Config.Decoder, steps, 1);
            using CompiledModel model = CompiledModel.Compile(Saved(network));
            float[] y = new float[steps * model.OutputSize];
            model.Run(source.Values, inputs.Values, y);
            RecurrentVariants.AssertSameBits(network.Forward(new Tape(isRecording: false), source, inputs).Values, y, $"{name}, {sourceSteps} and {steps} steps");
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Run_any_number_of_threads_same_bits_and_near_float32(string name, Precision precision)
    {
        EncoderDecoder network = Make(name);
        Tensor source = Source(network.Config.Encoder, 6, 1), inputs = Source(network.Config.Decoder, 5, 1);
        ModelFile file = Saved(network);
        float[] exact = Run(new CompileOptions()), found = Run(new CompileOptions { Precision = precision });
        RecurrentVariants.AssertSameBits(found, Run(new CompileOptions { Precision = precision, Threads = 2 }), name);
        Assert.True(precision > Precision.Int8 || exact.Zip(found).All(pair => Math.Abs(pair.First - pair.Second) < 0.1f), "far from float32");

        float[] Run(CompileOptions options)
        {
            using CompiledModel model = CompiledModel.Compile(file, options);
            float[] y = new float[inputs.Shape[0] * model.OutputSize];
            model.Run(source.Values, inputs.Values, y);
            return y;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decode_step_after_step_same_bits_as_at_once(string name)
    {
        const int steps = 5, batch = 3;
        EncoderDecoder network = Make(name);
        Tensor source = Source(network.Config.Encoder, 6, batch), inputs = Source(network.Config.Decoder, steps, batch);
        var tape = new Tape(isRecording: false);
        float[] whole = network.Forward(tape, source, inputs).Values.ToArray();
        (AttentionMemory memory, LayerState state) = network.Encode(tape, source);
        for (int step = 0; step < steps; step++)
        {
            (Tensor output, state) = network.Decode(tape, inputs.Range(step, 1), memory, state);
            RecurrentVariants.AssertSameBits(whole.AsSpan(step * output.Length, output.Length), output.Values, $"{name}, step {step}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_padded_sources_same_bits_as_each_alone(string name)
    {
        int[] lengths = [8, 3, 6];
        EncoderDecoder network = Make(name);
        Tensor source = Source(network.Config.Encoder, 8, 3), inputs = Source(network.Config.Decoder, 4, 3);
        var tape = new Tape(isRecording: false);
        Tensor together = network.Forward(tape, source, inputs, lengths);
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            Tensor alone = network.Forward(tape, Of(source, sequence, lengths[sequence]), Of(inputs, sequence, 4));
            RecurrentVariants.AssertSameBits(alone.Values, Of(together, sequence, 4).Values, $"{name}, source {sequence}");
        }
    }

    [Fact]
    public void Forward_learns_to_write_a_source_backwards()
    {
        const int steps = 5, batch = 16;
        var config = new EncoderDecoderConfig(
            new SequentialConfig(new EmbeddingConfig(Words, 12), new LstmConfig(12, 12) { Bidirectional = true }), new SequentialConfig(new EmbeddingConfig(Words, 12), new LstmConfig(12, 24)), Words)
        {
            Attention = new LuongAttentionConfig(24, 24),
        };
        var random = new RandomSource(4);
        var network = new EncoderDecoder(config, random);
        Optimizer optimizer = new AdamConfig { LearningRate = 0.02 }.Create(network.Parameters);
        var tape = new Tape(random, isTraining: true);
        float loss = 0;
        for (int at = 0; at < 250; at++)
        {
            Tensor source = new(steps, batch, 1), inputs = new(steps, batch, 1);
            int[] targets = new int[steps * batch];
            for (int i = 0; i < targets.Length; i++)
            {
                source.Values[i] = 1 + random.NextInt(Words - 1);
            }

            for (int i = 0; i < targets.Length; i++)
            {
                targets[i] = (int)source.Values[((steps - 1 - (i / batch)) * batch) + (i % batch)];
                inputs.Values[i] = i < batch ? 0 : targets[i - batch];
            }

            tape.Reset();
            optimizer.ClearGradients();
            Tensor written = tape.CrossEntropy(network.Forward(tape, source, inputs).Reshape(steps * batch, Words), targets);
            tape.Backward(written);
            GradientClipping.ByNorm(network.Parameters.Select(entry => entry.Parameter.Tensor), 1);
            optimizer.Step();
            loss = written.Values[0];
        }

        // Guessing among ten words costs 2.3 nats.
        Assert.InRange(loss, 0, 0.1f);
    }

    [Fact]
    public void Load_saved_file_runs_and_refuses_what_it_cannot_do()
    {
        EncoderDecoder network = Make("words, both directions, two layers, luong general");
        using var bytes = new MemoryStream();
        Saved(network).Write(bytes);
        bytes.Position = 0;
        using CompiledModel model = CompiledModel.Load(bytes, "pair");
        Assert.Equal(network.Config, model.Config);
        Assert.Equal((1, 1, Words, false), (model.SourceSize, model.InputSize, model.OutputSize, model.IsStreaming));
        model.Run([1, 2, 3], [0, 4], new float[2 * Words]);
        Assert.Contains("Run(source, x, y)", Assert.Throws<InvalidOperationException>(() => model.Run([0], new float[Words])).Message, StringComparison.Ordinal);
        Assert.Contains("Run(source, x, y)", Assert.Throws<InvalidOperationException>(model.OpenStream).Message, StringComparison.Ordinal);
        Assert.Contains("the source holds 0 values", Assert.Throws<ArgumentException>(() => model.Run([], [0], new float[Words])).Message, StringComparison.Ordinal);
        Assert.Contains("expected a whole number 0 … 10", Assert.Throws<ArgumentException>(() => model.Run([11], [0], new float[Words])).Message, StringComparison.Ordinal);
        var plain = new LinearConfig(2, 2);
        using CompiledModel other = TrainedModels.Compile(plain, NetworkFactory.Create(plain, new RandomSource(1)));
        Assert.Contains("reads no source", Assert.Throws<InvalidOperationException>(() => other.Run([1, 2], [1, 2], new float[2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_lists_every_problem()
    {
        Assert.Equal([], Configs.Values.SelectMany(config => config.Validate()));
        Assert.Equal(
            ["decoder runs in both directions, but what it is to write is not there yet", "decoder has 1 layers, expected 2, as many as the encoder has states for",
                "encoder and decoder must both be GRUs or both LSTMs of any kind: the one starts from the state of the other",
                "decoder has states of 8 and 8 values, expected 9 and 9, which the encoder leaves",
                "attention.queries have 5 features, expected 16, which the decoder gives", "attention.keys and values have 6 and 6 features, expected 9, which the encoder gives"],
            new EncoderDecoderConfig(new LstmConfig(3, 9) { Layers = 2 }, new GruConfig(3, 8) { Bidirectional = true }, 2) { Attention = new AdditiveAttentionConfig(5, 6, 7) }.Validate());
        Assert.Equal(
            ["encoder does not end in a recurrent layer, whose state the decoder could start from"],
            new EncoderDecoderConfig(new LinearConfig(3, 9), new GruConfig(3, 8), 2).Validate());
        Assert.Equal(
            ["attention.is a LinearConfig, expected a Luong, additive or multi-head attention"],
            new EncoderDecoderConfig(new GruConfig(3, 9), new GruConfig(3, 9), 2) { Attention = new LinearConfig(9, 9) }.Validate());
    }

    private static EncoderDecoder Make(string name)
    {
        var random = new RandomSource(9);
        var network = new EncoderDecoder(Configs[name], random);
        foreach ((_, Parameter parameter) in network.Parameters)
        {
            foreach (ref float value in parameter.Tensor.Values)
            {
                value += 0.1f * random.NextNormal();
            }
        }

        return network;
    }

    private static ModelFile Saved(EncoderDecoder network) => new(
        network.Config, NetworkWeights.Stored(network.Parameters));

    // [T, B, features], or ids.
    private static Tensor Source(LayerConfig part, int steps, int batch)
    {
        var random = new RandomSource(2);
        bool isLookup = part is SequentialConfig { Layers: [EmbeddingConfig, ..] };
        var x = new Tensor(steps, batch, part.InputFeatures);
        foreach (ref float value in x.Values)
        {
            value = isLookup ? random.NextInt(Words) : random.NextNormal();
        }

        return x;
    }

    private static Tensor Of(Tensor x, int sequence, int steps) => Networks.SampleNetworks.Sequence(x, sequence, steps);
}
