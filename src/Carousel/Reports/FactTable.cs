using System.Text.Json.Nodes;

namespace Carousel.Reports;

/// <summary>A table of two columns.</summary>
/// <param name="Title">What the facts are about.</param>
/// <param name="Facts">Name and value of each.</param>
public sealed record FactTable(string Title, IReadOnlyList<KeyValuePair<string, string>> Facts)
{
    /// <summary>A JSON object as facts, one line per value: <c>network.layers[0].hidden_size</c> and <c>64</c>. What is null or empty is left out.</summary>
    /// <param name="title">What the facts are about.</param>
    /// <param name="members">The object.</param>
    /// <param name="without">Members to leave out.</param>
    public static FactTable FromJson(string title, JsonObject members, params IReadOnlyList<string> without)
    {
        ArgumentNullException.ThrowIfNull(members);
        return new FactTable(title, [.. members.Where(member => !without.Contains(member.Key)).SelectMany(static member => Lines(member.Key, member.Value))]);
    }

    /// <summary>A recipe as resolved, nothing left out: with the data it is all that is needed to do the run again.</summary>
    /// <param name="json">A recipe of any task, as it is written.</param>
    public static IEnumerable<FactTable> OfRecipe(string json)
    {
        JsonObject recipe = JsonNode.Parse(json)!.AsObject();
        yield return FromJson("Model", recipe["model"]!.AsObject());
        yield return FromJson("Training", recipe["training"]!.AsObject());
        yield return FromJson("Recipe", recipe, "name", "description", "model", "training", "expected", "published");
        if (recipe["published"] is JsonObject { Count: > 0 } published)
        {
            yield return FromJson("Published figures", published);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Lines(string path, JsonNode? node) => node switch
    {
        null or JsonArray { Count: 0 } => [],
        JsonObject members => members.SelectMany(member => Lines($"{path}.{member.Key}", member.Value)),
        JsonArray items when items.Any(static item => item is JsonObject) => items.SelectMany((item, index) => Lines($"{path}[{index}]", item)),
        JsonArray items => [KeyValuePair.Create(path, string.Join(", ", items.Select(static item => item?.ToString() ?? "–")))],
        _ => [KeyValuePair.Create(path, node.ToString())],
    };
}
