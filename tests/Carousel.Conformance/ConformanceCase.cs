using System.Text.Json;

namespace Carousel.Conformance;

/// <summary>One file of the reference vectors. The vectors' README describes every field.</summary>
internal sealed class ConformanceCase
{
    private readonly JsonElement _root;

    private ConformanceCase(string file, JsonElement root)
    {
        File = file;
        _root = root;
        Kind = root.GetProperty("kind").GetString()!;
        Topic = root.TryGetProperty("topic", out JsonElement topic) ? topic.GetString()! : "";
        Config = new CaseSettings(Part("config"));
    }

    /// <summary>Path below the vectors folder, with forward slashes.</summary>
    public string File { get; }

    public string Kind { get; }

    public string Topic { get; }

    public CaseSettings Config { get; }

    /// <summary>The raw `inputs`, for cases whose inputs are text.</summary>
    public JsonElement Inputs => Part("inputs");

    /// <summary>The raw `expected`, for cases whose results are lists.</summary>
    public JsonElement Expected => Part("expected");

    public bool HasGradients => Part("gradients").ValueKind == JsonValueKind.Object;

    public IEnumerable<string> InputNames => Names(Inputs);

    public IEnumerable<string> ParameterNames => Names(Part("parameters"));

    /// <summary>Reads a case.</summary>
    /// <param name="folder">The vectors folder.</param>
    /// <param name="file">Path below it.</param>
    public static ConformanceCase Read(string folder, string file)
    {
        using JsonDocument json = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(folder, file)));
        return new ConformanceCase(file, json.RootElement.Clone());
    }

    public CaseTensor Input(string name) => CaseTensor.Read(Inputs.GetProperty(name));

    public CaseTensor? InputOrNull(string name) => TensorOrNull(Inputs, name);

    public CaseTensor Parameter(string name) => CaseTensor.Read(Part("parameters").GetProperty(name));

    public CaseTensor? ParameterOrNull(string name) => TensorOrNull(Part("parameters"), name);

    /// <summary>G of one output: the fixed weights of the loss L = Σ G.output · output, which are the output gradients to send backward.</summary>
    public CaseTensor OutputGradient(string output) => CaseTensor.Read(Part("loss").GetProperty("G").GetProperty(output));

    /// <summary>The outputs the loss is made of.</summary>
    public IEnumerable<string> LossOutputs =>
        Part("loss") is { ValueKind: JsonValueKind.Object } loss && loss.TryGetProperty("G", out JsonElement weights) ? Names(weights) : [];

    /// <summary>`expected.output`, `gradients.inputs.x` … of everything this case gives; each must be compared.</summary>
    public IEnumerable<(string Path, JsonElement Value)> Results()
    {
        foreach (string name in Names(Expected))
        {
            yield return ($"expected.{name}", Expected.GetProperty(name));
        }

        foreach (string part in Names(Part("gradients")))
        {
            foreach (JsonProperty gradient in Part("gradients").GetProperty(part).EnumerateObject())
            {
                yield return ($"gradients.{part}.{gradient.Name}", gradient.Value);
            }
        }
    }

    private JsonElement Part(string name) => _root.TryGetProperty(name, out JsonElement part) ? part : default;

    private static IEnumerable<string> Names(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().Select(property => property.Name) : [];

    private static CaseTensor? TensorOrNull(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? CaseTensor.Read(value)
            : null;
}
