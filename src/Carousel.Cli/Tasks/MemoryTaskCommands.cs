using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Autograd;
using Carousel.Cli.Output;
using Carousel.Runtime.Kernels;
using Carousel.Tasks.Memory;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Tests of memory on the command line. They make their data up.</summary>
internal sealed class MemoryTaskCommands : ITask
{
    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public string DefaultRecipe => MemoryRecipeJson.Shared.Write(MemoryRecipe.Default);

    /// <inheritdoc/>
    public async Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation)
    {
        var recipe = MemoryRecipeJson.Shared.Read<MemoryRecipe>(order.Recipe, order.Source);
        MemoryTraining.Check(recipe);
        using RunFolder folder = order.OpenFolder(recipe.Training, output);
        MemoryResult result = await ConsoleTraining.RunAsync(folder, order.Threads, output, run => MemoryTraining.Run(recipe, run, cancellation), MemoryReport.Of).ConfigureAwait(false);
        IReadOnlyDictionary<string, double> without = MemoryProblem.Of(recipe).WithoutMemory;
        JsonObject document = RunDocument.Of(Name, recipe, result.Summary, recipe.Held, result.Test, folder);
        document["baselines"] = new JsonObject { ["without_memory"] = JsonNumber.Object(without) };
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{recipe.Name}: {result.Summary.Parameters:N0} parameters, {result.Summary.Steps:N0} steps in {result.Summary.Seconds:F1} s; best at step {result.Summary.Best.Step:N0}"));
            console.Write(Shown(output, result.Test, without));
            RunDocument.WriteEnd(console, recipe, result.Test, folder);
        });
    }

    /// <inheritdoc/>
    public void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation)
    {
        if (order.Precision is not null)
        {
            throw new UsageException("--precision is for tasks that are deployed; a test of memory is measured as it was trained");
        }

        MemoryNetwork network = MemoryNetwork.Load(order.Model);
        using var workers = new Workers(order.Threads);
        IReadOnlyDictionary<string, double> metrics = network.Score(order.Part, new Tape(workers: workers, isRecording: false), cancellation);
        IReadOnlyDictionary<string, double> without = MemoryProblem.Of(network.Recipe).WithoutMemory;
        JsonObject document = EvaluationDocument.Of(Name, order, network.Recipe.Held, metrics, new JsonObject { ["without_memory"] = JsonNumber.Object(without) });
        output.Result(document, console => console.Write(Shown(output, metrics, without)));
    }

    private static Table Shown(CommandOutput output, IReadOnlyDictionary<string, double> found, IReadOnlyDictionary<string, double> without)
    {
        Table table = output.Table(["", .. found.Keys.Select(metric => $">{metric}")]);
        foreach ((string name, IReadOnlyDictionary<string, double> values) in new[] { ("network", found), ("without memory", without) })
        {
            table.AddRow([new Text(name), .. found.Keys.Select(metric => new Text(values[metric].ToString("G4", CultureInfo.InvariantCulture)))]);
        }

        return table;
    }
}
