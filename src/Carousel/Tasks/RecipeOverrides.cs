using System.Text.Json;
using System.Text.Json.Nodes;
using Carousel.Runtime.Models;

namespace Carousel.Tasks;

/// <summary>Changes single values of a recipe: <c>training.epochs=20</c>, <c>model.network.hidden_size=128</c>, <c>model.targets=["OT"]</c>.</summary>
public static class RecipeOverrides
{
    private static readonly JsonDocumentOptions Reading = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false };

    /// <summary>Applies changes to a recipe's text. Whether it is JSON and the keys exist is found out when it is read.</summary>
    /// <param name="json">The recipe.</param>
    /// <param name="changes">key=value, the key with dots between levels and [n] for items of a list; the value as JSON, or as text where it is none.</param>
    /// <exception cref="ConfigException">A change does not fit the recipe.</exception>
    public static string Apply(string json, IReadOnlyList<string> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Count == 0)
        {
            return json;
        }

        if (Parse(json) is not JsonObject root)
        {
            return json; // whoever reads the recipe says what is wrong with it
        }

        foreach (string change in changes)
        {
            int equals = change.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new ConfigException($"--set {change}", ["expected key=value, such as training.epochs=20"]);
            }

            Set(root, change[..equals].Split('.'), Value(change[(equals + 1)..]), change);
        }

        return root.ToJsonString();
    }

    /// <summary>The task a recipe says it is for, its key <c>task</c>; null when it does not say, or is no JSON at all.</summary>
    /// <param name="json">The recipe.</param>
    public static string? TaskOf(string json) =>
        Parse(json) is JsonObject root && root.TryGetPropertyValue("task", out JsonNode? task) && task is JsonValue value && value.TryGetValue(out string? name) ? name : null;

    private static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Reading);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Set(JsonNode node, string[] path, JsonNode? value, string change)
    {
        for (int level = 0; level < path.Length - 1; level++)
        {
            node = Child(node, path[level]) ?? throw new ConfigException($"--set {change}", [$"'{path[level]}' is not there or holds a single value"]);
        }

        if (node is not JsonObject parent)
        {
            throw new ConfigException($"--set {change}", [$"'{string.Join('.', path[..^1])}' is not an object"]);
        }

        parent[path[^1]] = value;
    }

    private static JsonNode? Child(JsonNode node, string key)
    {
        int bracket = key.IndexOf('[', StringComparison.Ordinal);
        string name = bracket < 0 ? key : key[..bracket];
        if (node is not JsonObject parent)
        {
            return null;
        }

        if (bracket < 0 && !parent.ContainsKey(name))
        {
            parent[name] = new JsonObject();
        }

        JsonNode? child = parent[name];
        if (bracket >= 0)
        {
            child = child is JsonArray list && int.TryParse(key.AsSpan(bracket + 1).TrimEnd(']'), out int index) && index >= 0 && index < list.Count ? list[index] : null;
        }

        return child is JsonObject or JsonArray ? child : null;
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Reading);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
