using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Tests.Streams;

/// <summary>
/// What a precision costs on models that somebody trained: the character models of ml5.js, two LSTM layers of 128 units, on the first 2,001 characters of
/// tinyshakespeare that each knows. An independent float64 evaluation gives the log-probability of each character.
/// </summary>
public sealed class TrainedPrecisionTests
{
    public static TheoryData<string, Precision> Models =>
        [.. ((string[])["shakespeare", "darwin", "dubois"]).SelectMany(model => Enum.GetValues<Precision>().Select(precision => (model, precision)))];

    // Relative to float32: 0.5 % for int8, what rounding weights alone may cost for bfloat16. Fewer bits than that are judged where models are compressed.
    [Theory]
    [MemberData(nameof(Models))]
    public void Step_trained_character_model_stays_near_its_reference(string name, Precision precision)
    {
        string folder = Folder(name);
        double reference = -File.ReadLines(Path.Combine(folder, "reference.csv")).Skip(1).Average(line => double.Parse(line.Split(',')[^1], CultureInfo.InvariantCulture));
        Assert.Equal(reference, Nats(folder, Precision.Float32), 1e-4);
        double found = Nats(folder, precision);
        if (Bits(precision) >= 8)
        {
            Assert.Equal(reference, found, 0.005 * reference);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {precision}: {found:F4} nats per character, reference {reference:F4}, {(found / reference) - 1:P2}"));
    }

    private static int Bits(Precision precision) => precision switch { Precision.Float32 => 32, Precision.BFloat16 => 16, Precision.Int8 => 8, _ => 4 };

    private static double Nats(string folder, Precision precision)
    {
        Dictionary<string, int> vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(Path.Combine(folder, "vocab.json"), Encoding.UTF8))!;
        int[] text = [.. File.ReadAllText(SharedFolder.DataFile("tinyshakespeare/input.txt")).Take(6000).Where(c => vocabulary.ContainsKey($"{c}")).Take(2001).Select(c => vocabulary[$"{c}"])];
        using CompiledModel model = CompiledModel.Compile(Read(folder, vocabulary.Count), new CompileOptions { Precision = precision });
        using ModelStream stream = model.OpenStream();
        float[] logits = new float[model.OutputSize];
        double sum = 0;
        for (int at = 0; at + 1 < text.Length; at++)
        {
            stream.Step([text[at]], logits);
            float logit = logits[text[at + 1]];
            sum += KernelCatalog.Selected.Softmax(logits, logits) - logit;
        }

        return sum / (text.Length - 1);
    }

    // TensorFlow's BasicLSTMCell: one kernel [inputs + units, 4 · units] with gates i j f o, j being g, and a forget bias of 1 that is added when it runs.
    private static ModelFile Read(string folder, int vocabulary)
    {
        const int units = 128;
        var network = new SequentialConfig(new EmbeddingConfig(vocabulary, units), new LstmConfig(units, units) { Layers = 2 }, new LinearConfig(units, vocabulary));
        var tensors = new Dictionary<string, float[]>
        {
            ["network.0.weight"] = Numbers("embedding"),
            ["network.2.weight"] = Transposed(Numbers("rnnlm_softmax_w"), units, vocabulary),
            ["network.2.bias"] = Numbers("rnnlm_softmax_b"),
        };
        int[] order = [0, 2, 1, 3];
        for (int layer = 0; layer < 2; layer++)
        {
            string prefix = $"rnnlm_multi_rnn_cell_cell_{layer}_basic_lstm_cell_";
            float[] kernel = Transposed(Either(prefix, "weights", "kernel"), 2 * units, 4 * units), bias = Either(prefix, "biases", "bias");
            float[] input = new float[4 * units * units], hidden = new float[4 * units * units], joint = new float[4 * units];
            for (int row = 0; row < 4 * units; row++)
            {
                int from = (order[row / units] * units) + (row % units);
                kernel.AsSpan(from * 2 * units, units).CopyTo(input.AsSpan(row * units));
                kernel.AsSpan((from * 2 * units) + units, units).CopyTo(hidden.AsSpan(row * units));
                joint[row] = bias[from] + (row / units == 1 ? 1 : 0);
            }

            tensors[$"network.1.weight_ih_l{layer}"] = input;
            tensors[$"network.1.weight_hh_l{layer}"] = hidden;
            tensors[$"network.1.bias_ih_l{layer}"] = joint;
            tensors[$"network.1.bias_hh_l{layer}"] = new float[4 * units];
        }

        var config = new NetworkConfig(network);
        return new ModelFile(config, config.Parameters().Select(parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, tensors[parameter.Name])));

        // TensorFlow renamed the two.
        float[] Either(string prefix, string old, string now) => Numbers(prefix + (File.Exists(Path.Combine(folder, prefix + old)) ? old : now));
        float[] Numbers(string file) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, file))).ToArray();
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        float[] transposed = new float[values.Length];
        for (int at = 0; at < values.Length; at++)
        {
            transposed[(at % columns * rows) + (at / columns)] = values[at];
        }

        return transposed;
    }

    // Beside the vectors, whose folder is known.
    private static string Folder(string name)
    {
        string? vectors = SharedFolder.Vectors;
        string folder = Path.Combine(vectors ?? "", "..", "models", "ml5-charrnn", name);
        return vectors is not null && Directory.Exists(folder) ? folder : throw SharedFolder.Absent($"no character models beside the reference vectors ({folder})");
    }
}
