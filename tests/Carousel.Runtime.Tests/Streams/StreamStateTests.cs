using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Runtime.Tests.Models;

namespace Carousel.Runtime.Tests.Streams;

public sealed class StreamStateTests
{
    [Fact]
    public void Restore_state_of_other_weights_is_refused()
    {
        using CompiledModel model = RandomModels.Compile(RandomModels.Stack), same = RandomModels.Compile(RandomModels.Stack), other = RandomModels.Compile(RandomModels.Stack, seed: 2);
        using ModelStream stream = model.OpenStream();
        stream.Step(Sets.Values(6, 1), new float[3]);
        StreamState state = stream.Snapshot();
        using ModelStream ofSame = same.OpenStream(), ofOther = other.OpenStream();
        ofSame.Restore(state);
        Assert.Equal(state, ofSame.Snapshot());
        Assert.Contains("state belongs to the model", Assert.Throws<ArgumentException>(() => ofOther.Restore(state)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_saved_state_equals_it_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        using CompiledModel model = RandomModels.Compile(RandomModels.EveryStep), other = RandomModels.Compile(RandomModels.EveryStep, seed: 9);
        using ModelStream stream = model.OpenStream();
        stream.Step(Sets.Values(6, 1), new float[3]);
        string path = Path.Combine(folder.Path, "state.safetensors");
        stream.Snapshot().Save(path);
        Assert.Equal(stream.Snapshot(), StreamState.Load(path, model));
        Assert.Contains("another model", Assert.Throws<ModelFileException>(() => StreamState.Load(path, other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_damaged_state_is_refused()
    {
        using CompiledModel model = RandomModels.Compile(RandomModels.Stack);
        using ModelStream stream = model.OpenStream();
        stream.Step(Sets.Values(6, 1), new float[3]);
        using var bytes = new MemoryStream();
        stream.Snapshot().Write(bytes);
        byte[] damaged = bytes.ToArray();
        damaged[^1] ^= 1;
        Assert.Contains("damaged", Assert.Throws<ModelFileException>(() => StreamState.Read(new MemoryStream(damaged), "state", model)).Message, StringComparison.Ordinal);

        using var file = new MemoryStream();
        new SafetensorsFile([StoredTensor.FromSingles("x", [1], [1])]).Write(file);
        file.Position = 0;
        Assert.Contains("no saved state", Assert.Throws<ModelFileException>(() => StreamState.Read(file, "other", model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equals_looks_at_every_bit()
    {
        using CompiledModel model = RandomModels.Compile(RandomModels.Stack);
        using ModelStream first = model.OpenStream(), second = model.OpenStream();
        float[] x = Sets.Values(6, 1), y = new float[3];
        first.Step(x, y);
        second.Step(x, y);
        Assert.Equal(first.Snapshot(), second.Snapshot());
        Assert.Equal(first.Snapshot().GetHashCode(), second.Snapshot().GetHashCode());
        x[0] = MathF.BitIncrement(x[0]) + 1e-6f;
        first.Reset();
        first.Step(x, y);
        Assert.NotEqual(first.Snapshot(), second.Snapshot());
    }
}
