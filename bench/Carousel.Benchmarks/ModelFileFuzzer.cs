using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Benchmarks;

/// <summary>
/// Hostile model files: sound ones of every kind of layer, damaged at random in bytes, lengths, header and numbers. Each must load, or be refused with a
/// <see cref="ModelFileException"/>; nothing else may happen, and it may cost neither long time nor much memory.
/// </summary>
/// <param name="seed">Determines every damage.</param>
internal sealed class ModelFileFuzzer(ulong seed)
{
    private const double LongestSeconds = 1;
    private const int MemoryPerByte = 4;

    // What any load costs, however small the file: the JSON reader, the config records, messages.
    private const int MemoryFloor = 1 << 18;

    private static readonly string[] Numbers = ["0", "-1", "1", "3", "65536", "2147483647", "-2147483648", "4294967296", "9223372036854775807", "1e308", "1e-400", "null", "\"\"", "[]", "{}"];

    private readonly RandomSource _random = new(seed);
    private readonly Dictionary<string, int> _refusals = [];
    private double _slowest;
    private double _hungriest;

    /// <summary>Damages and loads files, and says what happened.</summary>
    /// <param name="count">How many.</param>
    /// <param name="output">Where to say it.</param>
    /// <returns>True when every file was loaded or refused as it should be.</returns>
    public bool Run(int count, TextWriter output)
    {
        byte[][] sound = [.. Models().Select(Bytes), .. Models().Select(model => WithoutChecksum(Bytes(model)))];
        foreach (byte[] file in sound)
        {
            Load(file);
        }

        int loaded = 0, failures = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] file = Damage(sound[_random.NextInt(sound.Length)]);
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            string? fault = null;
            try
            {
                Load(file);
                loaded++;
            }
            catch (ModelFileException e)
            {
                Count(e);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                fault = $"{e.GetType().Name}: {e.Message}";
            }

            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, memory = GC.GetAllocatedBytesForCurrentThread() - before - MemoryFloor;
            _slowest = Math.Max(_slowest, seconds);
            _hungriest = Math.Max(_hungriest, memory / Math.Max(1, file.Length));
            fault ??= seconds > LongestSeconds ? $"{seconds:F2} s" : memory > (long)MemoryPerByte * file.Length ? $"{memory:N0} bytes for a file of {file.Length:N0}" : null;
            if (fault is not null && failures++ < 10)
            {
                string path = Path.Combine(Path.GetTempPath(), $"carousel-fuzz-{seed}-{i}.safetensors");
                File.WriteAllBytes(path, file);
                output.WriteLine($"{path}: {fault}");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count:N0} damaged files: {loaded:N0} loaded, {count - loaded - failures:N0} refused with a reason, {failures:N0} wrong; slowest {_slowest * 1e3:F1} ms, most memory {_hungriest:F2} bytes per byte of file"));
        foreach ((string reason, int times) in _refusals.OrderByDescending(entry => entry.Value).Take(25))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times,9:N0}  {reason}"));
        }

        return failures == 0;
    }

    // Every kind of layer, and the models that are more than one network.
    private static IEnumerable<(ModelConfig Config, Tokenizer? Tokenizer)> Models() =>
    [
        .. Networks().Select(static network => ((ModelConfig)new NetworkConfig(network), (Tokenizer?)null)),
        (new EncoderDecoderConfig(new LstmConfig(5, 24) { Layers = 2 }, new LstmConfig(3, 24) { Layers = 2 }, 7) { Attention = new LuongAttentionConfig(24, 24) { Score = LuongScore.General } }, null),
        (new EncoderDecoderConfig(new SequentialConfig(new EmbeddingConfig(40, 6), new GruConfig(6, 16)), new SequentialConfig(new EmbeddingConfig(30, 6), new GruConfig(6, 16)), 30), null),
        (new LanguageModelConfig { VocabularySize = Words.Count, EmbeddingSize = 12, Network = new LstmConfig(12, 12), Tied = true }, Words),
        (new LanguageModelConfig { VocabularySize = Words.Count, EmbeddingSize = 8, Network = new LstmConfig(8, 20) { Layers = 2, Dropout = 0.5f }, Dropout = 0.5f }, Words),
    ];

    private static WordTokenizer Words { get; } = new([.. Tokenizer.SpecialSymbols, .. Enumerable.Range(0, 40).Select(static at => $"word{at}")]);

    private static IEnumerable<LayerConfig> Networks() =>
    [
        new SequentialConfig(new LstmConfig(5, 96) { Layers = 2, ProjectionSize = 7 }, new LinearConfig(7, 3)),
        new SequentialConfig(new GruConfig(5, 128), new LayerNormConfig(128), new LinearConfig(128, 2)),
        new PeepholeLstmConfig(6, 133),
        new SequentialConfig(new EmbeddingConfig(50, 12), new CoupledLstmConfig(12, 20), new DropoutConfig(20, 0.5f), new LinearConfig(20, 50)),
        new LayerNormLstmConfig(4, 24),
        new ClippedLstmConfig(4, 24) { CellClip = 3 },
        new LstmConfig(3, 16) { Bidirectional = true },
        new SequentialConfig(new Conv1dConfig(6, 8, 3) { Causal = true, Dilation = 2, Groups = 2 }, new EncoderLayerConfig(8, 2, 16), new MultiHeadAttentionConfig(8, 4)),
        new SequentialConfig(new LuongAttentionConfig(6, 6) { Score = LuongScore.Concat }, new AdditiveAttentionConfig(6, 6, 5) { Bias = true }),
    ];

    private static byte[] Bytes((ModelConfig Config, Tokenizer? Tokenizer) model)
    {
        var random = new RandomSource(1);
        IEnumerable<StoredTensor> tensors = model.Config.Parameters().Select(parameter =>
        {
            float[] values = new float[parameter.Count];
            foreach (ref float value in values.AsSpan())
            {
                value = (random.NextSingle() - 0.5f) / 4;
            }

            return StoredTensor.FromSingles(parameter.Name, parameter.Shape, values);
        });
        using var stream = new MemoryStream();
        new ModelFile(model.Config, tensors, tokenizer: model.Tokenizer).Write(stream);
        return stream.ToArray();
    }

    // With the checksum in place almost every damage ends there; a file without one must be refused for its own faults.
    private static byte[] WithoutChecksum(byte[] file)
    {
        SafetensorsFile parsed = SafetensorsFile.Read(new MemoryStream(file), "sound");
        using var stream = new MemoryStream();
        new SafetensorsFile(parsed.Tensors, parsed.Metadata.Where(entry => entry.Key != "checksum")).Write(stream);
        return stream.ToArray();
    }

    private static void Load(byte[] file)
    {
        using var stream = new MemoryStream(file, writable: false);
        using CompiledModel model = CompiledModel.Load(stream, "damaged");
    }

    private byte[] Damage(byte[] sound)
    {
        byte[] file = [.. sound];
        for (int wounds = 1 + _random.NextInt(3); wounds > 0 && file.Length > 0; wounds--)
        {
            int header = Math.Min(file.Length, 8 + (int)Math.Min(int.MaxValue - 8, BinaryPrimitives.ReadUInt64LittleEndian(sound)));
            int at = _random.NextInt(_random.NextInt(4) > 0 ? header : file.Length);
            switch (_random.NextInt(9))
            {
                case 0:
                    file[at] ^= (byte)(1 << _random.NextInt(8));
                    break;
                case 1:
                    file[at] = (byte)_random.NextInt(256);
                    break;
                case 2:
                    file = file[..at];
                    break;
                case 3:
                    file = [.. file[..at], .. file[Math.Min(file.Length, at + 1 + _random.NextInt(64))..]];
                    break;
                case 4:
                    file = [.. file[..at], .. Noise(1 + _random.NextInt(64)), .. file[at..]];
                    break;
                case 5 when file.Length >= 8:
                    BinaryPrimitives.WriteUInt64LittleEndian(file, _random.NextBits() >> _random.NextInt(64));
                    break;
                case 6:
                    Array.Fill(file, (byte)0xFF, at, Math.Min(4, file.Length - at));
                    break;
                default:
                    file = WithOtherNumber(file, header);
                    break;
            }
        }

        return file;
    }

    // Replaces a number of the header by an extreme one, and keeps the header's length in order: past the first checks, into the deep ones.
    private byte[] WithOtherNumber(byte[] file, int header)
    {
        if (header <= 8)
        {
            return file;
        }

        string json = Encoding.Latin1.GetString(file, 8, header - 8).TrimEnd();
        int[] starts = [.. Enumerable.Range(1, Math.Max(0, json.Length - 1)).Where(i => char.IsAsciiDigit(json[i]) && !char.IsAsciiLetterOrDigit(json[i - 1]))];
        if (starts.Length == 0)
        {
            return file;
        }

        int start = starts[_random.NextInt(starts.Length)], end = start;
        while (end < json.Length && char.IsAsciiDigit(json[end]))
        {
            end++;
        }

        string changed = json[..start] + Numbers[_random.NextInt(Numbers.Length)] + json[end..];
        byte[] padded = Encoding.Latin1.GetBytes(changed.PadRight((changed.Length + 8 + 63) / 64 * 64 - 8));
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded.Length);
        return [.. length, .. padded, .. file[header..]];
    }

    private byte[] Noise(int count)
    {
        byte[] noise = new byte[count];
        for (int i = 0; i < count; i++)
        {
            noise[i] = (byte)_random.NextInt(256);
        }

        return noise;
    }

    // The reason without its particulars: names in quotes and numbers.
    private void Count(ModelFileException e)
    {
        var reason = new StringBuilder();
        bool quoted = false;
        foreach (char c in e.Reason.Split(';')[0])
        {
            quoted ^= c == '\'';
            if (!quoted && !char.IsAsciiDigit(c) && reason.Length < 90)
            {
                reason.Append(c);
            }
        }

        string key = reason.ToString();
        _refusals[key] = _refusals.GetValueOrDefault(key) + 1;
    }
}
