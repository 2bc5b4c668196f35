using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Carousel.Runtime.Models;

/// <summary>
/// Reads and writes config records as JSON, by source-generated metadata only. Unknown keys, wrong kinds of value and unknown types are all reported, each
/// with its place and the nearest known name; keys left out take the record's defaults.
/// </summary>
/// <remarks>
/// The source generator would set an init-only property that the JSON leaves out to zero instead of to its default (.NET 10). So the text is first checked
/// against the metadata and completed from a prototype of each record, and only then read.
/// </remarks>
public sealed class ConfigJson
{
    /// <summary>Longest text read unless told otherwise, in characters: configs are written by people.</summary>
    public const int LongestText = 1 << 20;

    private static readonly JsonDocumentOptions Reading = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    private readonly JsonSerializerOptions _options;

    // Made when first needed: what System.Text.Json prepares for one kind of record costs more than reading a whole model.
    private readonly Dictionary<Type, Lazy<JsonObject>> _defaults = [];

    /// <summary>A reader and writer of the types of one source-generated context.</summary>
    /// <param name="context">Knows the records. Its options name keys in snake_case and leave out read-only properties.</param>
    /// <param name="prototypes">One instance, with its defaults, of every record that has init-only properties.</param>
    public ConfigJson(JsonSerializerContext context, params IEnumerable<object> prototypes)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(prototypes);
        _options = context.Options;
        foreach (object prototype in prototypes)
        {
            _defaults[prototype.GetType()] = new(() => JsonSerializer.SerializeToNode(prototype, _options.GetTypeInfo(prototype.GetType()))!.AsObject());
        }
    }

    /// <summary>The value as JSON text; the same value gives the same text.</summary>
    /// <param name="value">Written as a <typeparamref name="T"/>, so with its <c>type</c> when that is polymorphic.</param>
    /// <param name="indented">True to break lines for people.</param>
    public string Write<T>(T value, bool indented = false)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, value, TypeInfo<T>());
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads one value. Comments and trailing commas are allowed; keys may stand in any order. Does not call any Validate().</summary>
    /// <param name="text">One JSON object.</param>
    /// <param name="source">Where the text comes from, for the message.</param>
    /// <param name="longest">Longest text accepted, in characters: a small text of many small parts takes a hundred times its size in memory.</param>
    /// <exception cref="ConfigException">The text is too long, is no JSON, or does not describe a <typeparamref name="T"/>.</exception>
    public T Read<T>(string text, string source, int longest = LongestText)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > longest)
        {
            throw new ConfigException(source, [$"is {text.Length} characters long, expected at most {longest}"]);
        }

        var problems = new List<string>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Reading);
            JsonNode? complete = Complete(document.RootElement, TypeInfo<T>(), "", problems);
            ConfigException.ThrowIfAny(source, problems);
            return complete.Deserialize(TypeInfo<T>()) ?? throw new ConfigException(source, ["found null, expected an object"]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // InvalidOperationException and ArgumentException: half of a surrogate pair in a string.
            throw new ConfigException(source, [NotJson(e)]);
        }
    }

    private JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    /// <summary>Copies <paramref name="found"/>, adding the defaults of keys left out and noting everything that does not fit <paramref name="expected"/>.</summary>
    private JsonNode? Complete(JsonElement found, JsonTypeInfo expected, string place, List<string> problems)
    {
        if (found.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return expected.Kind switch
        {
            JsonTypeInfoKind.Object => CompleteObject(found, expected, place, problems),
            JsonTypeInfoKind.Enumerable => CompleteList(found, _options.GetTypeInfo(expected.ElementType!), place, problems),
            JsonTypeInfoKind.Dictionary => CompleteDictionary(found, _options.GetTypeInfo(expected.ElementType!), place, problems),
            _ => CheckValue(found, expected, place, problems),
        };
    }

    private JsonNode? CompleteList(JsonElement found, JsonTypeInfo element, string place, List<string> problems)
    {
        if (found.ValueKind != JsonValueKind.Array)
        {
            problems.Add($"{At(place)}found {Describe(found)}, expected a list");
            return null;
        }

        // A long list of numbers or texts is copied whole; one that is wrong is taken apart below to say where.
        if (element.Kind == JsonTypeInfoKind.None && found.EnumerateArray().All(item => Fits(item, element)))
        {
            return JsonArray.Create(found);
        }

        var list = new JsonArray();
        foreach (JsonElement item in found.EnumerateArray())
        {
            string at = $"{place}[{list.Count}]";
            if (item.ValueKind == JsonValueKind.Null)
            {
                problems.Add($"{At(at)}found null, expected {DescribeType(element.Type)}");
            }

            list.Add(Complete(item, element, at, problems));
        }

        return list;
    }

    private JsonObject? CompleteDictionary(JsonElement found, JsonTypeInfo value, string place, List<string> problems)
    {
        if (found.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{At(place)}found {Describe(found)}, expected an object");
            return null;
        }

        var dictionary = new JsonObject();
        foreach (JsonProperty entry in found.EnumerateObject())
        {
            string at = place.Length == 0 ? entry.Name : $"{place}.{entry.Name}";
            if (entry.Value.ValueKind == JsonValueKind.Null)
            {
                problems.Add($"{At(at)}found null, expected {DescribeType(value.Type)}");
            }

            dictionary.Add(entry.Name, Complete(entry.Value, value, at, problems));
        }

        return dictionary;
    }

    private JsonObject? CompleteObject(JsonElement found, JsonTypeInfo expected, string place, List<string> problems)
    {
        if (found.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{At(place)}found {Describe(found)}, expected an object");
            return null;
        }

        var complete = new JsonObject();
        string? discriminator = expected.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        if (discriminator is not null)
        {
            Type? type = DerivedType(found, expected.PolymorphismOptions!, discriminator, place, problems);
            if (type is null)
            {
                return null;
            }

            complete.Add(discriminator, found.GetProperty(discriminator).GetString());
            expected = _options.GetTypeInfo(type);
        }

        Dictionary<string, JsonPropertyInfo> known = expected.Properties.Where(property => property.Set is not null).ToDictionary(property => property.Name);
        foreach (JsonProperty property in found.EnumerateObject().Where(property => property.Name != discriminator))
        {
            string at = place.Length == 0 ? property.Name : $"{place}.{property.Name}";
            if (!known.Remove(property.Name, out JsonPropertyInfo? target))
            {
                string[] names = [.. expected.Properties.Where(p => p.Set is not null).Select(p => p.Name)];
                problems.Add($"{At(at)}unknown key{NearestName.Hint(property.Name, names)}; known are {string.Join(", ", names.Order(StringComparer.Ordinal))}");
                continue;
            }

            if (property.Value.ValueKind == JsonValueKind.Null && !target.IsSetNullable)
            {
                problems.Add($"{At(at)}found null, expected {DescribeType(target.PropertyType)}");
                continue;
            }

            complete.Add(property.Name, Complete(property.Value, _options.GetTypeInfo(target.PropertyType), at, problems));
        }

        AddDefaults(complete, expected.Type, known, place, problems);
        return complete;
    }

    private void AddDefaults(JsonObject complete, Type type, Dictionary<string, JsonPropertyInfo> missing, string place, List<string> problems)
    {
        JsonObject? defaults = missing.Count == 0 ? null : _defaults.GetValueOrDefault(type)?.Value;
        if (defaults is null && missing.Values.Any(property => property.AssociatedParameter is { IsMemberInitializer: true }))
        {
            throw new InvalidDataException($"{type.Name} has defaults but no prototype; add one where its JSON context is made");
        }

        foreach (JsonPropertyInfo property in missing.Values)
        {
            if (defaults is not null && defaults.TryGetPropertyValue(property.Name, out JsonNode? value) && (value is not null || property.IsSetNullable))
            {
                complete.Add(property.Name, value?.DeepClone());
            }
            else
            {
                problems.Add($"{At(place)}key '{property.Name}' is missing, expected {DescribeType(property.PropertyType)}");
            }
        }
    }

    private static Type? DerivedType(JsonElement found, JsonPolymorphismOptions options, string discriminator, string place, List<string> problems)
    {
        string[] names = [.. options.DerivedTypes.Select(derived => (string)derived.TypeDiscriminator!)];
        string known = $"expected one of {string.Join(", ", names.Order(StringComparer.Ordinal))}";
        if (!found.TryGetProperty(discriminator, out JsonElement given) || given.ValueKind != JsonValueKind.String)
        {
            problems.Add($"{At(place)}key '{discriminator}' is missing, {known}");
            return null;
        }

        string name = given.GetString()!;
        int index = Array.IndexOf(names, name);
        if (index < 0)
        {
            problems.Add($"{At(place)}unknown {discriminator} '{name}'{NearestName.Hint(name, names)}, {known}");
        }

        return index < 0 ? null : options.DerivedTypes[index].DerivedType;
    }

    private static JsonNode? CheckValue(JsonElement found, JsonTypeInfo expected, string place, List<string> problems)
    {
        if (Fits(found, expected))
        {
            return JsonValue.Create(found);
        }

        problems.Add($"{At(place)}found {Describe(found)}, expected {DescribeType(expected.Type)}");
        return null;
    }

    private static bool Fits(JsonElement found, JsonTypeInfo expected)
    {
        // A number is no name of an enumeration, although the converter would take it.
        Type type = Nullable.GetUnderlyingType(expected.Type) ?? expected.Type;
        if (found.ValueKind == JsonValueKind.Null || (type.IsEnum && found.ValueKind != JsonValueKind.String))
        {
            return false;
        }

        try
        {
            found.Deserialize(expected);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // The reader's messages end with the position, and may quote everything up to there.
    private static string NotJson(Exception e)
    {
        string place = e is JsonException { LineNumber: { } line, BytePositionInLine: { } at } ? $" at line {line + 1}, column {at + 1}" : "";
        string reason = e.Message.Split([" LineNumber: ", " Path: "], StringSplitOptions.None)[0];
        return reason.Length > 200 || reason.Contains('\n', StringComparison.Ordinal) ? $"is not valid JSON{place}" : $"is not valid JSON{place}: {reason}";
    }

    private static string At(string place) => place.Length == 0 ? "" : $"{place}: ";

    private static string Describe(JsonElement found) => found.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => found.GetRawText() is { Length: > 60 } text ? $"{text[..60]}…" : found.GetRawText(),
    };

    private static string DescribeType(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName))}",
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(float) || type == typeof(double) => "a number",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(string) => "a text",
            _ => "an object or a list",
        };
    }
}
