using System.Runtime.InteropServices;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Benchmarks;

/// <summary>A stack of LSTM layers that the benchmarks of inference run, by the name under which others have published figures for it.</summary>
/// <param name="Name">Name of the preset, or of the file it was read from.</param>
/// <param name="Input">Features of one time step.</param>
/// <param name="Hidden">Units per layer.</param>
/// <param name="Layers">Number of LSTM layers.</param>
/// <param name="Outputs">Outputs of the linear layer at the end; 0 for none.</param>
/// <param name="Window">Time steps of one answer that starts from the zero state; 0 for a stream without end.</param>
internal sealed record BenchmarkModel(string Name, int Input, int Hidden, int Layers, int Outputs, int Window)
{
    /// <summary>All presets: one step of a stream, windows, and single layers for whole batches.</summary>
    public static IReadOnlyList<BenchmarkModel> Presets { get; } =
    [
        new("lstm_tiny", 128, 128, 2, 32, 0),
        new("lstm_small", 256, 256, 3, 32, 0),
        new("lstm_med", 480, 480, 3, 32, 0),
        new("lstm_med_deep", 320, 320, 6, 32, 0),
        new("lstm_a", 100, 100, 2, 1, 50),
        new("lstm_b", 250, 200, 3, 1, 100),
        new("lstm_c", 500, 1000, 4, 1, 100),
        new("lstm512", 512, 512, 1, 0, 0),
        new("lstm1024", 1024, 1024, 1, 0, 0),
        new("lstm1536", 1536, 1536, 1, 0, 0),
    ];

    /// <summary>The preset of this name.</summary>
    public static BenchmarkModel Preset(string name) => Presets.First(preset => preset.Name == name);

    /// <summary>The model with the weights that every engine makes for itself: tensor k of the file's order is <see cref="FillRandom"/>(k) of size 1/√H.</summary>
    public ModelFile Build()
    {
        var lstm = new LstmConfig(Input, Hidden) { Layers = Layers };
        var config = new NetworkConfig(Outputs > 0 ? new SequentialConfig(lstm, new LinearConfig(Hidden, Outputs)) : new SequentialConfig(lstm));
        float size = 1 / MathF.Sqrt(Hidden);
        return new ModelFile(config, config.Parameters().Select((parameter, index) =>
        {
            byte[] bytes = new byte[checked(parameter.Count * sizeof(float))];
            FillRandom((uint)index, size, MemoryMarshal.Cast<byte, float>(bytes.AsSpan()));
            return new StoredTensor(parameter.Name, ElementType.F32, parameter.Shape, bytes);
        }));
    }

    /// <summary>Inputs that every engine makes for itself, −1 … 1.</summary>
    /// <param name="count">How many.</param>
    public static float[] Inputs(int count)
    {
        float[] values = new float[count];
        FillRandom(1000, 1, values);
        return values;
    }

    /// <summary>
    /// Numbers that look random and that any language makes in a line: element i of tensor k is the hash "lowbias32" (Wellons 2018) of i + k·0x9E3779B9,
    /// its upper 24 bits as a number from −1 to 1, times the size.
    /// </summary>
    internal static void FillRandom(uint tensor, float size, Span<float> values)
    {
        uint next = unchecked(tensor * 0x9E3779B9u);
        for (int i = 0; i < values.Length; i++)
        {
            uint hash = next++;
            hash = (hash ^ (hash >> 16)) * 0x7FEB352Du;
            hash = (hash ^ (hash >> 15)) * 0x846CA68Bu;
            hash ^= hash >> 16;
            values[i] = (((hash >> 8) * (1f / (1 << 23))) - 1) * size;
        }
    }
}
