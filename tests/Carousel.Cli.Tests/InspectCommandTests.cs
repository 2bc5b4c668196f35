using System.Text.Json;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Tests;

public sealed class InspectCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-inspect-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Inspect_model_json_has_the_contract_fields()
    {
        string path = SaveModel();

        CommandRun run = await CommandRun.Of("inspect", path, "--json");

        Assert.Equal(0, run.ExitCode);
        JsonElement document = run.Document;
        Assert.Equal("carousel", document.GetProperty("format").GetString());
        Assert.Equal("forecast", document.GetProperty("task").GetString());
        Assert.Equal(4, document.GetProperty("architecture").GetProperty("window").GetInt32());
        Assert.Equal("float32", document.GetProperty("precision").GetString());
        Assert.Equal(JsonValueKind.Null, document.GetProperty("receipt").ValueKind);

        // One LSTM of 3 units over 1 column, and a head of 2 outputs.
        Assert.Equal((12 * 1) + (12 * 3) + 12 + 12 + (2 * 3) + 2, document.GetProperty("parameters").GetInt32());
        JsonElement weight = Assert.Single(document.GetProperty("tensors").EnumerateArray(), static tensor => tensor.GetProperty("name").GetString() == "network.weight_hh_l0");
        Assert.Equal("F32", weight.GetProperty("dtype").GetString());
        Assert.Equal([12, 3], weight.GetProperty("shape").EnumerateArray().Select(static length => length.GetInt32()));
    }

    [Fact]
    public async Task Inspect_model_text_lists_architecture_and_tensors()
    {
        CommandRun run = await CommandRun.Of("inspect", SaveModel());

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("network.hidden_size", run.Output, StringComparison.Ordinal);
        Assert.Contains("12 × 3", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
    }

    [Fact]
    public async Task Inspect_other_safetensors_file_shows_its_tensors()
    {
        string path = Path.Combine(_folder, "other.safetensors");
        new SafetensorsFile([StoredTensor.FromSingles("a", [2, 2], [1, 2, 3, 4])]).Save(path);

        JsonElement document = (await CommandRun.Of("inspect", path, "--json")).Document;

        Assert.Equal("safetensors", document.GetProperty("format").GetString());
        Assert.Equal(JsonValueKind.Null, document.GetProperty("task").ValueKind);
        Assert.Equal(4, document.GetProperty("parameters").GetInt32());
    }

    [Fact]
    public async Task Inspect_missing_file_says_so_without_a_trace()
    {
        CommandRun run = await CommandRun.Of("inspect", Path.Combine(_folder, "absent.safetensors"));

        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("absent.safetensors: there is no such file", run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_flipped_bit_is_refused()
    {
        string path = SaveModel();
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[^3] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.Of("inspect", path, "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("failed", run.Document.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("model.safetensors", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_without_a_file_is_wrong_usage()
    {
        CommandRun run = await CommandRun.Of("inspect");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("carousel inspect --help", run.Messages, StringComparison.Ordinal);
    }

    private string SaveModel()
    {
        ForecasterConfig config = new() { Window = 4, Horizon = 2, Targets = ["y"], Network = new LstmConfig(1, 3) };
        IEnumerable<StoredTensor> tensors = config.Parameters().Select(static parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, new float[parameter.Count]));
        string path = Path.Combine(_folder, "model.safetensors");
        new ModelFile(config, tensors, new StandardScaler(["y"], [0], [1])).Save(path);
        return path;
    }
}
