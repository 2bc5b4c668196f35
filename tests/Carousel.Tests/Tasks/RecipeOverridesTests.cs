using System.Text.Json.Nodes;
using Carousel.Runtime.Models;
using Carousel.Tasks;
using Carousel.Tasks.Forecasting;

namespace Carousel.Tests.Tasks;

public sealed class RecipeOverridesTests
{
    private const string Recipe = """{ "training": { "epochs": 3 }, "model": { "network": { "type": "sequential", "layers": [ { "type": "lstm", "input_size": 1, "hidden_size": 8 } ] } } }""";

    [Theory]
    [InlineData("training.epochs=20", "20")]
    [InlineData("training.batch_size=7", "7")]
    [InlineData("training.optimizer.learning_rate=0.5", "0.5")]
    [InlineData("model.targets=[\"OT\"]", "[\"OT\"]")]
    [InlineData("model.date_column=when it was", "\"when it was\"")]
    [InlineData("model.network.layers[0].hidden_size=64", "64")]
    [InlineData("name=a=b", "\"a=b\"")]
    public void Apply_sets_the_value_at_the_path(string change, string expected)
    {
        JsonNode node = JsonNode.Parse(RecipeOverrides.Apply(Recipe, [change]))!;
        foreach (string key in change[..change.IndexOf('=', StringComparison.Ordinal)].Split('.'))
        {
            node = key.EndsWith(']') ? node[key[..key.IndexOf('[', StringComparison.Ordinal)]]![0]! : node[key]!;
        }

        Assert.Equal(expected, node.ToJsonString());
    }

    [Fact]
    public void Apply_leaves_the_rest_alone()
    {
        JsonNode before = JsonNode.Parse(Recipe)!, after = JsonNode.Parse(RecipeOverrides.Apply(Recipe, ["training.epochs=3"]))!;

        Assert.True(JsonNode.DeepEquals(before, after));
    }

    [Theory]
    [InlineData("training.epochs")]
    [InlineData("=3")]
    [InlineData("training.epochs.more=3")]
    [InlineData("model.network.layers[7].hidden_size=3")]
    public void Apply_refuses_what_does_not_fit(string change) =>
        Assert.Throws<ConfigException>(() => RecipeOverrides.Apply(Recipe, [change]));

    [Fact]
    public void Recipe_with_an_unknown_key_names_it_and_the_nearest_known_one()
    {
        var e = Assert.Throws<ConfigException>(() => ForecastRecipeJson.Shared.Read<ForecastRecipe>(RecipeOverrides.Apply("{}", ["training.epoch=3"]), "test"));

        Assert.Contains("training.epoch", e.Message, StringComparison.Ordinal);
        Assert.Contains("'epochs'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_survives_writing_and_reading()
    {
        ForecastRecipe recipe = ForecastRecipe.Default with
        {
            Expected = new Dictionary<string, double> { ["mse"] = 0.5 },
            Model = ForecastRecipe.Default.Model with { Targets = ["a", "b"], Quantiles = [0.1, 0.9] },
        };

        string text = ForecastRecipeJson.Shared.Write(recipe);

        Assert.Equal(text, ForecastRecipeJson.Shared.Write(ForecastRecipeJson.Shared.Read<ForecastRecipe>(text, "test")));
        Assert.Contains("\"quantiles\":[0.1,0.9]", text, StringComparison.Ordinal);
    }
}
