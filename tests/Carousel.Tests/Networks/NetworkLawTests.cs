using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Networks;

/// <summary>What holds for every layer there is.</summary>
public sealed class NetworkLawTests
{
    public static TheoryData<string> Names => SampleNetworks.Names;

    [Fact]
    public void Samples_cover_every_config()
    {
        IEnumerable<Type> kinds = typeof(LayerConfig).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LayerConfig)) && !type.IsAbstract);
        Assert.Equal(
            kinds.Select(kind => kind.Name).Order(StringComparer.Ordinal),
            SampleNetworks.Configs.Values.Select(config => config.GetType().Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_config_gives_parameters_of_its_layout(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        Layer layer = NetworkFactory.Create(config, new RandomSource(1));
        Assert.Equal(
            config.Parameters().Select(parameter => parameter.ToString()),
            layer.Parameters().Select(entry => new ParameterSpec(entry.Name, [.. entry.Parameter.Tensor.Shape]).ToString()));
        Assert.All(layer.Parameters(), entry => Assert.EndsWith(entry.Parameter.Name, entry.Name, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_same_seed_gives_same_weights(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        float[][] first = Weights(5), again = Weights(5), other = Weights(6);
        Assert.Equal(first, again);
        Assert.True(config is DropoutConfig or LayerNormConfig || !first.SelectMany(values => values).SequenceEqual(other.SelectMany(values => values)));

        float[][] Weights(ulong seed) => [.. NetworkFactory.Create(config, new RandomSource(seed)).Parameters().Select(entry => entry.Parameter.Tensor.Values.ToArray())];
    }

    /// <summary>Law 3. What lies beyond a sequence's end is garbage here, to show that it is not looked at.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_padded_batch_gives_what_each_sequence_gives_alone(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        Layer layer = SampleNetworks.Make(config);
        int[] lengths = [9, 4, 6, 9, 5];
        Tensor x = SampleNetworks.Input(config, 9, lengths.Length);
        Tensor output = layer.Forward(new Tape(), x, null, lengths).Output;
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            Tensor alone = layer.Forward(new Tape(), SampleNetworks.Sequence(x, sequence, lengths[sequence]), null).Output;
            Assert.Equal(layer.OutputLength(lengths[sequence]), alone.Shape[0]);
            Assert.Equal(alone.Values.ToArray(), SampleNetworks.Sequence(output, sequence, alone.Shape[0]).Values.ToArray());
        }
    }

    /// <summary>Law 4, for everything that looks only at the past and keeps what it needs of it.</summary>
    [Theory]
    [InlineData("lstm")]
    [InlineData("lstm, projection")]
    [InlineData("peephole")]
    [InlineData("layer norm lstm")]
    [InlineData("clipped")]
    [InlineData("zoneout")]
    [InlineData("gru, reset before")]
    [InlineData("linear")]
    [InlineData("layer norm")]
    [InlineData("sequence of layers")]
    public void Forward_in_chunks_gives_what_one_call_gives(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        Layer layer = SampleNetworks.Make(config);
        Tensor x = SampleNetworks.Input(config, 8, 3);
        (Tensor whole, LayerState? end) = layer.Forward(new Tape(), x, null);
        LayerState? state = null;
        int start = 0;
        foreach (int steps in new[] { 1, 4, 3 })
        {
            (Tensor part, state) = layer.Forward(new Tape(), x.Range(start, steps), state?.Detach());
            Assert.Equal(whole.Range(start, steps).Values.ToArray(), part.Values.ToArray());
            start += steps;
        }

        Assert.Equal(
            end?.Tensors().Select(entry => (entry.Name, string.Join(' ', entry.Tensor.Values.ToArray()))),
            state?.Tensors().Select(entry => (entry.Name, string.Join(' ', entry.Tensor.Values.ToArray()))));
    }

    /// <summary>Law 5, forward and backward, dropout included.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Training_step_any_number_of_threads_gives_same_bits(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        Tensor x = SampleNetworks.Input(config, 20, 7);
        IReadOnlyDictionary<string, float[]> one = SampleNetworks.TrainingStep(config, x, 1);
        Assert.All(one.Values, values => Assert.All(values, value => Assert.True(float.IsFinite(value))));
        foreach (int threads in new[] { 2, 3 })
        {
            IReadOnlyDictionary<string, float[]> several = SampleNetworks.TrainingStep(config, x, threads);
            Assert.All(one, result => Assert.Equal(result.Value, several[result.Key]));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_step_reaches_every_parameter(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        IReadOnlyDictionary<string, float[]> results = SampleNetworks.TrainingStep(config, SampleNetworks.Input(config, 12, 4), 1);
        Assert.All(results.Where(result => result.Key.StartsWith("gradient of", StringComparison.Ordinal) && !(result.Key.EndsWith(" x", StringComparison.Ordinal) && config.InputFeatures == 1)),
            result => Assert.Contains(result.Value, value => value != 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_wrong_number_of_features_is_refused(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        var wrong = new Tensor(5, 2, SampleNetworks.Features + 1);
        ArgumentException error = Assert.Throws<ArgumentException>(() => SampleNetworks.Make(config).Forward(new Tape(new RandomSource(0), isTraining: true), wrong, null));
        Assert.Contains("[5, 2, 13]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_unsound_config_lists_every_problem()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => NetworkFactory.Create(new SequentialConfig(new LinearConfig(3, 0), new GruConfig(4, 5)), new RandomSource(0)));
        Assert.Contains("layers[0].output_size", error.Message, StringComparison.Ordinal);
        Assert.Contains("layers[1] takes 4 features", error.Message, StringComparison.Ordinal);
    }
}
