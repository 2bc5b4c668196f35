using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Metrics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Tasks.LanguageModelling;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Language modelling on the command line.</summary>
internal sealed class LanguageModelTaskCommands : ITask
{
    /// <inheritdoc/>
    public string Name => "lm";

    /// <inheritdoc/>
    public string DefaultRecipe => LanguageModelRecipeJson.Shared.Write(LanguageModelRecipe.Default);

    /// <inheritdoc/>
    public async Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation)
    {
        var recipe = LanguageModelRecipeJson.Shared.Read<LanguageModelRecipe>(order.Recipe, order.Source);
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'", [.. recipe.Validate()]);
        LanguageModelData data = LanguageModelData.Of(TextCorpus.Read(order.Data, recipe.Text), recipe.Text);
        LanguageModelTraining.Prepare(recipe, data);
        using RunFolder folder = order.OpenFolder(recipe.Training, output);
        LanguageModelResult result = await ConsoleTraining.RunAsync(folder, order.Threads, output, run => LanguageModelTraining.Run(recipe, data, run, cancellation), LanguageModelReport.Of).ConfigureAwait(false);
        Show(result, folder, output);
    }

    /// <inheritdoc/>
    public void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation)
    {
        LanguageModel model = LanguageModel.Load(order.Model);
        TextConfig config = (model.Recipe ?? new LanguageModelRecipe()).Text with { Unit = model.Tokenizer.Unit };
        LanguageModelData data = LanguageModelData.Of(TextCorpus.Read(order.Data, config), config, model.Tokenizer);
        int[] part = order.Choose(data.Train, data.Valid, data.Test);
        using var workers = new Workers(order.Threads);
        PrecisionCost? cost = null;
        Perplexity perplexity;
        if (order.Precision is { } precision)
        {
            (perplexity, Perplexity exact, float difference) = model.Evaluate(part, order.Options(precision), cancellation);
            cost = new PrecisionCost(precision, Metrics(exact), Metrics(perplexity), difference);
        }
        else
        {
            perplexity = model.Evaluate(part, workers, cancellation);
        }

        JsonObject document = EvaluationDocument.Of(Name, order, perplexity.Tokens, Metrics(perplexity));
        cost?.AddTo(document);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{perplexity.Tokens:N0} tokens of the {order.Part} part"));
            console.Write(Shown(output, (order.Part, Metrics(perplexity))));
            cost?.Write(console);
        });

        IReadOnlyDictionary<string, double> Metrics(Perplexity of) => LanguageModel.Metrics(of, model.Tokenizer, part);
    }

    private void Show(LanguageModelResult result, RunFolder folder, CommandOutput output)
    {
        JsonObject document = RunDocument.Of(Name, result.Recipe, result.Summary, result.Test.Tokens, result.TestMetrics, folder);
        document["vocabulary"] = result.Data.Tokenizer.Count;
        document["tokens_per_second"] = JsonNumber.Of(result.TokensPerSecond);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Recipe.Name}: {result.Summary.Parameters:N0} parameters, {result.Data.Tokenizer.Count:N0} tokens in the vocabulary, {result.Summary.Steps:N0} steps in {result.Summary.Seconds:F1} s, {result.TokensPerSecond:N0} tokens/s"));
            console.Write(Shown(output, ("valid", result.ValidMetrics), ("test", result.TestMetrics)));
            RunDocument.WriteEnd(console, result.Recipe, result.TestMetrics, folder);
        });
    }

    private static Table Shown(CommandOutput output, params (string Part, IReadOnlyDictionary<string, double> Metrics)[] rows)
    {
        Table table = output.Table(["", .. rows[0].Metrics.Keys.Select(name => $">{(name == "nll" ? "nats per token" : name.Replace('_', ' '))}")]);
        foreach ((string part, IReadOnlyDictionary<string, double> metrics) in rows)
        {
            table.AddRow([new Text(part), .. metrics.Select(entry => new Text(entry.Value.ToString(entry.Key == "perplexity" ? "F2" : "F4", CultureInfo.InvariantCulture)))]);
        }

        return table;
    }
}
