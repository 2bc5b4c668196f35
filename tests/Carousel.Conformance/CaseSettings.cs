using System.Text.Json;

namespace Carousel.Conformance;

/// <summary>The `config` of a case: sizes, switches and conventions by name. A JSON null counts as absent.</summary>
internal sealed class CaseSettings(JsonElement json)
{
    public IEnumerable<string> Names => json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().Select(setting => setting.Name) : [];

    /// <summary>Refuses a case with settings that its runner does not honour.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        string[] known = names.ToArray(), unknown = [.. Names.Except(known, StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            throw new InvalidDataException($"config has settings that are not honoured: {string.Join(", ", unknown)}");
        }
    }

    public bool Has(string name) => Find(name) is not null;

    public int Integer(string name) => Required(name).GetInt32();

    public int Integer(string name, int absent) => Find(name)?.GetInt32() ?? absent;

    public int[] Integers(string name) => [.. Required(name).EnumerateArray().Select(value => value.GetInt32())];

    public double Number(string name) => CaseTensor.ReadNumber(Required(name));

    public double Number(string name, double absent) => Find(name) is { } value ? CaseTensor.ReadNumber(value) : absent;

    public double[] Numbers(string name) => [.. Required(name).EnumerateArray().Select(CaseTensor.ReadNumber)];

    public bool Flag(string name) => Required(name).GetBoolean();

    public bool Flag(string name, bool absent) => Find(name)?.GetBoolean() ?? absent;

    public string Text(string name) => Required(name).GetString()!;

    public string Text(string name, string absent) => Find(name)?.GetString() ?? absent;

    /// <summary>The raw value, for settings that are tensors or objects; null when absent.</summary>
    public JsonElement? Find(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private JsonElement Required(string name) => Find(name) ?? throw new InvalidDataException($"config has no '{name}'");
}
