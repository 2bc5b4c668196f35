using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Streams;

/// <summary>Streams that take inputs in the units of their columns: the scaler of the model file stands before the network.</summary>
public sealed class ScaledInputTests
{
    private const int Inputs = RandomModels.Inputs, Outputs = RandomModels.Outputs, Streams = 3;

    private static readonly StandardScaler Scaler = new(["a", "b", "c", "d", "e", "f"], [0, 10, -3, 1e6, 0.5, 7], [1, 4, 0.25, 1e5, 3, 0]);

    [Fact]
    public void Step_inputs_in_their_units_same_bits_as_scaled_before()
    {
        ModelFile file = File(Scaler);
        using CompiledModel model = CompiledModel.Compile(file, new() { ScaleInputs = true }), bare = CompiledModel.Compile(file);
        float[] raw = [.. Enumerable.Range(0, Streams).SelectMany(_ => Sets.Values(Inputs, 1).Select((value, at) => (float)Scaler.Unscale(value, at)))], scaled = new float[raw.Length];
        Scaler.Scale(raw, scaled);
        float[] expected = new float[Streams * Outputs], found = new float[expected.Length], sequence = new float[expected.Length];
        using (StreamBatch batch = bare.OpenBatch(Streams))
        {
            batch.Step(scaled, expected);
        }

        using (StreamBatch batch = model.OpenBatch(Streams))
        {
            batch.Step(raw, found);
        }

        Assert.Equal(expected, found);
        Assert.Equal(bare.Fingerprint, model.Fingerprint);
        bare.Run(scaled, expected);
        model.Run(raw, sequence);
        Assert.Equal(expected, sequence);
    }

    [Fact]
    public void Step_allocates_nothing()
    {
        using CompiledModel model = CompiledModel.Compile(File(Scaler), new() { ScaleInputs = true });
        using ModelStream stream = model.OpenStream();
        float[] x = Sets.Values(Inputs, 1), y = new float[Outputs];
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 10_000, () => stream.Step(x, y)));
    }

    [Fact]
    public void Compile_without_a_scaler_of_the_network_s_inputs_is_refused() =>
        Assert.Contains("holds no scaler", Assert.Throws<NotSupportedException>(() => CompiledModel.Compile(File(null), new() { ScaleInputs = true })).Message, StringComparison.Ordinal);

    private static ModelFile File(StandardScaler? scaler)
    {
        ModelFile file = RandomModels.File(RandomModels.Stack);
        return new ModelFile(file.Config, file.Parameters, scaler);
    }
}
