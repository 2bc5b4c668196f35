using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Reports;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel inspect</c>: what is in a model file, or in any other safetensors file.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model file; checkpoints and other safetensors files are read too." };

    /// <summary>Declares the command.</summary>
    public InspectCommand()
        : base("inspect", "Show what is in a model file.", "inspect runs/ett/model.safetensors", "inspect runs/ett/model.safetensors --json")
    {
        Arguments.Add(_model);
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!;
        SafetensorsFile file = SafetensorsFile.Load(path);
        string format = file.Metadata.GetValueOrDefault("format", "safetensors");

        // A model is loaded as deployment would load it: a file that inspect shows without complaint can be used.
        ModelFile? model = format == ModelFile.FormatName ? ModelFile.Load(path) : null;
        JsonObject? architecture = model is null ? null : JsonNode.Parse(ModelJson.Shared.Write(model.Config))!.AsObject();
        long parameters = file.Tensors.Sum(static tensor => (long)tensor.Count);
        string[] types = [.. file.Tensors.Select(Type).Distinct()];
        string precision = file.Metadata.GetValueOrDefault("precision", types.Length == 1 ? types[0] : "mixed");
        var document = new JsonObject
        {
            ["format"] = format,
            ["task"] = model?.Config.Task,
            ["architecture"] = architecture,
            ["parameters"] = parameters,
            ["tensors"] = new JsonArray([.. file.Tensors.Select(static tensor => (JsonNode)new JsonObject
            {
                ["name"] = tensor.Name,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(static length => (JsonNode)length)]),
                ["dtype"] = Type(tensor),
            })]),
            ["precision"] = precision,
            ["receipt"] = null,
            ["bytes"] = new FileInfo(path).Length,
            ["scaler"] = model?.Scaler is { } scaler ? JsonNode.Parse(ModelJson.Shared.Write(scaler)) : null,
            ["tokenizer"] = Json(model?.Tokenizer),
            ["source_tokenizer"] = Json(model?.SourceTokenizer),
            ["recipe"] = model?.Recipe is { } recipe ? JsonNode.Parse(recipe) : null,
        };
        output.Result(document, console =>
        {
            Table facts = output.Table("", "").HideHeaders();
            AddFacts(facts, [new("format", format), new("parameters", Count(parameters)), new("precision", precision), new("bytes", Count(new FileInfo(path).Length))]);
            AddFacts(facts, model?.SourceTokenizer is { } source ? [new("reads", Describe(source))] : []);
            AddFacts(facts, model?.Tokenizer is { } tokenizer ? [new(model.SourceTokenizer is null ? "tokens" : "writes", Describe(tokenizer))] : []);
            AddFacts(facts, architecture is null ? [] : FactTable.FromJson("architecture", architecture).Facts);
            console.Write(facts);
            console.Write(Tensors(output, file));
        });
        return Task.CompletedTask;
    }

    private static Table Tensors(CommandOutput output, SafetensorsFile file)
    {
        Table table = output.Table("tensor", "dtype", "shape", ">numbers");
        foreach (StoredTensor tensor in file.Tensors)
        {
            table.AddRow(new Text(tensor.Name), new Text(Type(tensor)), new Text(string.Join(" × ", tensor.Shape)), new Text(Count(tensor.Count)));
        }

        return table;
    }

    private static void AddFacts(Table table, IEnumerable<KeyValuePair<string, string>> facts)
    {
        foreach ((string name, string value) in facts)
        {
            table.AddRow(new Text(name), new Text(value));
        }
    }

    private static JsonObject? Json(Tokenizer? tokenizer) => tokenizer is null ? null : new JsonObject { ["unit"] = UnitOf(tokenizer), ["tokens"] = tokenizer.Count };

    private static string Describe(Tokenizer tokenizer) => $"{Count(tokenizer.Count)}, each a {UnitOf(tokenizer)}";

    private static string UnitOf(Tokenizer tokenizer) => tokenizer.Unit.ToString().ToLowerInvariant();

    private static string Type(StoredTensor tensor) => tensor.Type.ToString().ToUpperInvariant();

    private static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
