using System.Reflection;
using System.Text.Json.Serialization;
using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tasks.LanguageModelling;
using Carousel.Tests.Cells;
using Carousel.Tests.Networks;

namespace Carousel.Tests.Streams;

/// <summary>The runtime gives the bits of the training library, for every cell, at sizes that fill no vector and at sizes whose sums are cut into slabs.</summary>
public sealed class SameAnswerTests
{
    public static TheoryData<string> Cells => RecurrentVariants.All;

    public static TheoryData<string> Networks => SampleNetworks.Names;

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_small_cell_same_bits(string name) => AssertSame(RecurrentVariants.Config(name, 5, 7), steps: 9);

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_cell_of_several_panels_same_bits(string name) => AssertSame(RecurrentVariants.Config(name, 19, 43), steps: 6);

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_cell_with_sums_of_several_slabs_same_bits(string name) => AssertSame(RecurrentVariants.Config(name, 259, 270), steps: 4);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Run_network_same_bits(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        Layer layer = SampleNetworks.Make(config);
        Tensor x = SampleNetworks.Input(config, 11, 1);
        using CompiledModel model = TrainedModels.Compile(config, layer);
        RecurrentVariants.AssertSameBits(TrainedModels.Forward(layer, x), TrainedModels.Run(model, x), name);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(70)]
    public void Run_attention_over_any_length_same_bits(int steps)
    {
        foreach ((string name, LayerConfig config) in SampleNetworks.Configs.Where(entry => entry.Value is not SequentialConfig && entry.Value.InputFeatures > 1))
        {
            Layer layer = SampleNetworks.Make(config);
            Tensor x = SampleNetworks.Input(config, steps, 1);
            using CompiledModel model = TrainedModels.Compile(config, layer);
            if (model.OutputSteps(steps) > 0)
            {
                RecurrentVariants.AssertSameBits(TrainedModels.Forward(layer, x), TrainedModels.Run(model, x), $"{name}, {steps} steps");
            }
        }
    }

    [Fact]
    public void Every_kind_of_layer_runs_in_a_test_here()
    {
        IEnumerable<Type> known = typeof(LayerConfig).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(attribute => attribute.DerivedType);
        Assert.Empty(known.Except(SampleNetworks.Configs.Values.Select(config => config.GetType())));
    }

    [Fact]
    public void Run_sequence_too_short_for_a_convolution_is_refused()
    {
        var config = new Conv1dConfig(3, 4, 5);
        using CompiledModel model = TrainedModels.Compile(config, SampleNetworks.Make(config));
        Assert.Contains("4 time steps are too few", Assert.Throws<ArgumentException>(() => model.Run(new float[12], [])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 8: 2 time steps with 4 features come out of 6", Assert.Throws<ArgumentException>(() => model.Run(new float[18], new float[24])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_attention_between_two_sequences_is_refused_by_name()
    {
        var config = new SequentialConfig(new LinearConfig(4, 5), new AdditiveAttentionConfig(5, 6, 7));
        Layer layer = SampleNetworks.Make(config);
        Assert.Contains("layer 'network.1' attends to keys of 6 features with queries of 5", Assert.Throws<NotSupportedException>(() => TrainedModels.Compile(config, layer)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_language_model_gives_the_logits_of_the_training_library(bool tied)
    {
        var config = new LanguageModelConfig { VocabularySize = 29, EmbeddingSize = 13, Network = new LstmConfig(13, 13) { Layers = 2 }, Tied = tied, Dropout = 0.2f };
        var network = new LanguageModelNetwork(config, new RandomSource(3));
        string[] tokens = [Tokenizer.Unknown, Tokenizer.End, .. Enumerable.Range(2, 27).Select(id => $"w{id}")];
        var file = new ModelFile(config, NetworkWeights.Stored(network.Parameters), tokenizer: new WordTokenizer(tokens));
        int[] ids = [5, 0, 28, 7, 7, 1];
        using CompiledModel model = CompiledModel.Compile(file);
        using ModelStream stream = model.OpenStream();
        float[] logits = new float[ids.Length * 29];
        stream.Run([.. ids.Select(id => (float)id)], logits);
        RecurrentVariants.AssertSameBits(network.Forward(new Tape(isRecording: false), ids, 1, null).Logits.Values, logits, "logits");
    }

    private static void AssertSame(RecurrentConfig config, int steps)
    {
        Layer layer = RecurrentVariants.Make(config);
        Tensor x = TrainedModels.Sequence(steps, config.InputSize);
        using CompiledModel model = TrainedModels.Compile(config, layer);
        RecurrentVariants.AssertSameBits(TrainedModels.Forward(layer, x), TrainedModels.Run(model, x), "output");
    }
}
