using System.Text.Json.Nodes;

namespace Carousel.Cli.Output;

/// <summary>Numbers as JSON can hold them.</summary>
internal static class JsonNumber
{
    /// <summary>The number, or null for NaN and the infinities, for which JSON has no notation.</summary>
    public static JsonNode? Of(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>Names and numbers as one object, in their order.</summary>
    public static JsonObject Object(IEnumerable<KeyValuePair<string, double>> values)
    {
        JsonObject result = [];
        foreach ((string name, double value) in values)
        {
            result[name] = Of(value);
        }

        return result;
    }
}
