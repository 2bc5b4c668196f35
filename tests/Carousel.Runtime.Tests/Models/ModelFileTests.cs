using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Models;

public sealed class ModelFileTests
{
    private static readonly ForecasterConfig Config = new()
    {
        Window = 4,
        Horizon = 2,
        Patch = 2,
        Targets = ["OT"],
        Covariates = ["HUFL"],
        Network = new LstmConfig(4, 2),
        DateColumn = "date",
        Frequency = "1h",
        SeasonLength = 24,
        Quantiles = [0.1, 0.5, 0.9],
    };

    private static readonly StandardScaler Scaler = new(["OT", "HUFL"], [13.25, 7.5], [8.5, 0.1]);

    private static readonly ModelFile Small = new(Config, Fill(Config), Scaler, """{"seed":1}""");

    [Fact]
    public void Load_of_saved_model_gives_the_same_model()
    {
        using var folder = new TemporaryFolder();
        Small.Save(folder["model.safetensors"]);
        ModelFile loaded = ModelFile.Load(folder["model.safetensors"]);
        Assert.Equal(Config, loaded.Config);
        Assert.Equal(Scaler, loaded.Scaler);
        Assert.Equal("""{"seed":1}""", loaded.Recipe);
        Assert.Equal(ElementType.F32, loaded.Precision);
        Assert.Equal(Config.Parameters().Sum(parameter => parameter.Count), loaded.ParameterCount);
        Assert.Equal(Config.Parameters(), loaded.Parameters.Select(tensor => new ParameterSpec(tensor.Name, tensor.Shape)));
        Assert.All(Small.Parameters, tensor => Assert.Equal(tensor.ToSingles(), loaded[tensor.Name].ToSingles()));
        Assert.Equal(Bytes(Small), File.ReadAllBytes(folder["model.safetensors"]));
        Assert.Equal(Bytes(Small), Bytes(loaded));
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Read_of_narrow_model_gives_the_same_model(ElementType type)
    {
        ModelFile read = Read(Bytes(new ModelFile(Config, Fill(Config, type), Scaler)));
        Assert.Equal(type, read.Precision);
        Assert.Null(read.Recipe);
        Assert.Equal(Small["head.bias"].ToSingles(), read["head.bias"].ToSingles());
    }

    [Fact]
    public void Read_of_bare_network_needs_no_scaler()
    {
        var config = new NetworkConfig(new SequentialConfig(new EmbeddingConfig(5, 2), new GruConfig(2, 3), new LinearConfig(3, 5)));
        ModelFile read = Read(Bytes(new ModelFile(config, Fill(config))));
        Assert.Equal(config, read.Config);
        Assert.Null(read.Scaler);
    }

    [Fact]
    public void Read_of_model_with_any_bit_flipped_or_any_end_missing_is_refused()
    {
        byte[] bytes = Bytes(Small);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<ModelFileException>(() => Read(flipped));
        }

        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<ModelFileException>(() => Read(bytes[..length]));
        }
    }

    /// <summary>The checksum of a large file is computed beside everything else, and still is the first thing that a damaged one is refused for.</summary>
    [Fact]
    public void Read_of_large_model_with_a_bit_flipped_is_refused_as_damaged()
    {
        var config = new NetworkConfig(new LstmConfig(256, 256));
        byte[] bytes = Bytes(new ModelFile(config, Fill(config)));
        Assert.Equal(config, Read(bytes).Config);
        foreach (int at in (int[])[bytes.Length - 1, bytes.AsSpan().IndexOf("hidden_size"u8)])
        {
            byte[] flipped = [.. bytes];
            flipped[at] ^= 1;
            Assert.Contains("is damaged", Assert.Throws<ModelFileException>(() => Read(flipped)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_of_random_damage_is_refused()
    {
        byte[] bytes = Bytes(Small);
        var random = new Random(1997);
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] damaged = [.. bytes];
            int at = random.Next(damaged.Length), length = random.Next(1, 1 + Math.Min(64, damaged.Length - at));
            random.NextBytes(damaged.AsSpan(at, length));
            if (!damaged.AsSpan().SequenceEqual(bytes))
            {
                Assert.Throws<ModelFileException>(() => Read(damaged));
            }
        }
    }

    [Fact]
    public void Read_names_tensors_that_are_missing_surplus_misshapen_or_not_finite()
    {
        StoredTensor[] whole = [.. Fill(Config)];
        Assert.Contains("tensor 'network.bias_hh_l0': is missing, expected F32 [8]",
            Refused(tensors: whole.Where(tensor => tensor.Name != "network.bias_hh_l0")), StringComparison.Ordinal);
        Assert.Contains("tensor 'head.bais': [6] is surplus: the architecture has no tensor of this name (did you mean 'head.bias'?)",
            Refused(tensors: [.. whole, StoredTensor.FromSingles("head.bais", [6], new float[6])]), StringComparison.Ordinal);
        Assert.Contains("tensor 'head.bias': has shape [3, 2], expected [6]",
            Refused(tensors: Replace(StoredTensor.FromSingles("head.bias", [3, 2], new float[6]))), StringComparison.Ordinal);
        Assert.Contains("tensor 'head.bias': element 4 is NaN, expected finite numbers only",
            Refused(tensors: Replace(StoredTensor.FromSingles("head.bias", [6], [0, 0, 0, 0, float.NaN, 0]))), StringComparison.Ordinal);
        Assert.Contains("tensor 'head.bias': holds F64, expected F32",
            Refused(tensors: Replace(StoredTensor.FromDoubles("head.bias", [6], new double[6]))), StringComparison.Ordinal);
        string all = Refused(tensors: []);
        Assert.All(Config.Parameters(), parameter => Assert.Contains($"tensor '{parameter.Name}': is missing", all, StringComparison.Ordinal));

        IEnumerable<StoredTensor> Replace(StoredTensor tensor) => whole.Select(other => other.Name == tensor.Name ? tensor : other);
    }

    [Theory]
    [InlineData("format", null, "is a safetensors file but no Carousel model: its metadata name no format")]
    [InlineData("format", "pt", "is a safetensors file but no Carousel model: its format is 'pt', expected 'carousel'")]
    [InlineData("version", "2", "has format version '2', this build reads version 1")]
    [InlineData("version", null, "metadata key 'version' is missing")]
    [InlineData("task", "classify", "task: is 'classify', expected 'forecast' as in the architecture")]
    [InlineData("architecture", null, "metadata key 'architecture' is missing")]
    [InlineData("architecture", "{", "architecture: is not valid JSON")]
    [InlineData("architecture", """{"task":"forecats"}""", "architecture: unknown task 'forecats' (did you mean 'forecast'?)")]
    [InlineData("architecture", """{"task":"forecast","windw":96}""", "architecture: windw: unknown key (did you mean 'window'?)")]
    [InlineData("architecture", """{"task":"network"}""", "architecture: key 'network' is missing")]
    [InlineData("precision", "int4", "precision is 'int4', this build reads float32, bfloat16, float16")]
    [InlineData("scaler", null, "scaler: scaler is missing")]
    [InlineData("scaler", """{"features":["OT"],"means":[1],"deviations":[1]}""", "scaler: scaler is for the columns OT, expected OT, HUFL")]
    [InlineData("scaler", """{"features":["OT","HUFL"],"means":[1],"deviations":[1,2]}""", "scaler: scaler has 1 means")]
    [InlineData("scaler", """{"features":["OT","HUFL"],"means":[1,"x"],"deviations":[1,2]}""", "scaler: means[1]: found \"x\", expected a number")]
    [InlineData("scaler", """{"features":["OT","HUFL"],"means":[1,2],"deviations":[1,-1]}""", "scaler: scaler deviation of 'HUFL' is -1, expected a finite number, 0 or more")]
    [InlineData("recipie", "x", "unknown metadata key 'recipie' (did you mean 'recipe'?)")]
    [InlineData("checksum", "0000", "is damaged")]
    public void Read_of_wrong_metadata_names_what_is_wrong(string key, string? value, string expected) =>
        Assert.StartsWith("test: " + expected, Refused(key: key, value: value), StringComparison.Ordinal);

    [Fact]
    public void Read_of_file_edited_without_checksum_succeeds() =>
        Assert.Equal(Config, Read(Bytes(Edit(null, null, Fill(Config)))).Config);

    [Fact]
    public void Read_of_hostile_architecture_is_quick_and_frugal()
    {
        // As many layers as the text allows, a thousand deep each, none of them in the file.
        string layer = """{"type":"gru","input_size":2,"hidden_size":2,"layers":1000}""";
        string layers = string.Join(",", Enumerable.Repeat(layer, 1000));
        byte[] bytes = Bytes(new SafetensorsFile([], new Dictionary<string, string>
        {
            ["format"] = "carousel",
            ["version"] = "1",
            ["task"] = "network",
            ["precision"] = "float32",
            ["architecture"] = $$$"""{"task":"network","network":{"type":"sequential","layers":[{{{layers}}}]}}""",
        }));
        long mark = Allocations.Mark();
        Assert.Contains("and more", Assert.Throws<ModelFileException>(() => Read(bytes)).Message, StringComparison.Ordinal);
        Assert.InRange(Allocations.Since(mark), 0, 16_000_000);
        Assert.Contains("expected at most 65536", Refused("architecture", new string(' ', 70_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_lists_every_problem()
    {
        Assert.Contains("tensor 'head.bias': is missing", Assert.Throws<ArgumentException>(() => new ModelFile(Config, Fill(Config).SkipLast(1), Scaler)).Message, StringComparison.Ordinal);
        Assert.Contains("scaler is missing", Assert.Throws<ArgumentException>(() => new ModelFile(Config, Fill(Config))).Message, StringComparison.Ordinal);
        Assert.Contains("horizon is 0", Assert.Throws<ArgumentException>(() => new ModelFile(Config with { Horizon = 0 }, [], Scaler)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_to_missing_folder_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("does not exist", Assert.Throws<IOException>(() => Small.Save(folder["absent/model.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static IEnumerable<StoredTensor> Fill(ModelConfig config, ElementType type = ElementType.F32) => config.Parameters()
        .Select((parameter, index) => StoredTensor.FromSingles(parameter.Name, parameter.Shape, [.. Enumerable.Range(0, (int)parameter.Count).Select(i => (index - i) / 8f)], type));

    private static byte[] Bytes(ModelFile model)
    {
        using var stream = new MemoryStream();
        model.Write(stream);
        return stream.ToArray();
    }

    private static byte[] Bytes(SafetensorsFile file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private static ModelFile Read(byte[] bytes) => ModelFile.Read(new MemoryStream(bytes), "test");

    /// <summary>The small model's file with one metadata value changed, without its checksum.</summary>
    private static SafetensorsFile Edit(string? key, string? value, IEnumerable<StoredTensor>? tensors)
    {
        SafetensorsFile file = SafetensorsFile.Read(new MemoryStream(Bytes(Small)), "test");
        var metadata = file.Metadata.Where(pair => pair.Key != key && pair.Key != SafetensorsFile.ChecksumKey).ToDictionary();
        if (key is not null && value is not null)
        {
            metadata[key] = value;
        }

        return new SafetensorsFile(tensors ?? file.Tensors, metadata);
    }

    private static string Refused(string? key = null, string? value = null, IEnumerable<StoredTensor>? tensors = null) =>
        Assert.Throws<ModelFileException>(() => Read(Bytes(Edit(key, value, tensors)))).Message;
}
