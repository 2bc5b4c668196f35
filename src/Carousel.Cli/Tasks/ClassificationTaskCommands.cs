using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Metrics;
using Carousel.Runtime.Kernels;
using Carousel.Tasks.Classification;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Classification on the command line.</summary>
internal sealed class ClassificationTaskCommands : ITask
{
    // Tables of more labels are no help on a console; the report has them.
    private const int MostLabels = 30;

    /// <inheritdoc/>
    public string Name => "classify";

    /// <inheritdoc/>
    public string DefaultRecipe => ClassificationRecipeJson.Shared.Write(ClassificationRecipe.Default);

    /// <inheritdoc/>
    public async Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation)
    {
        (ClassificationRecipe recipe, ClassificationData data) = ClassificationTraining.Prepare(ClassificationRecipeJson.Shared.Read<ClassificationRecipe>(order.Recipe, order.Source), order.Data);
        using RunFolder folder = order.OpenFolder(recipe.Training, output);
        ClassificationResult result = await ConsoleTraining.RunAsync(folder, order.Threads, output, run => ClassificationTraining.Run(recipe, data, run, cancellation), ClassificationRunReport.Of).ConfigureAwait(false);
        Show(result, folder, output);
    }

    /// <inheritdoc/>
    public void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation)
    {
        ClassificationModel model = ClassificationModel.Load(order.Model);
        ClassificationRecipe recipe = (model.Recipe ?? ClassificationRecipe.Default).ReadingFrom(order.Data);
        ClassificationData data = recipe.Source!.Read(order.Data, model.Inputs);
        LabelledSequences part = order.Choose(data.Train, data.Valid, data.Test);
        if (part.Count == 0)
        {
            throw new UsageException($"the data have no {order.Part} part; choose another one with --split");
        }

        using var workers = new Workers(order.Threads);
        ScoredSequences exact = model.Evaluate(part, workers, cancellation);
        ScoredSequences scored = order.Precision is { } precision ? model.Evaluate(part, order.Options(precision), cancellation) : exact;
        ClassificationReport frequent = ClassificationResult.MostFrequent(data.Train, part, model.Inputs.Labels.Count);
        JsonObject document = EvaluationDocument.Of(Name, order, part.Count, scored.Metrics, new JsonObject { ["most_frequent"] = Frequent(frequent) });
        AddTo(document, scored.Report, model.Inputs.Labels);
        PrecisionCost? cost = order.Precision is null ? null : PrecisionCost.Of(order.Precision.Value, exact.Metrics, scored.Metrics, exact.Probabilities, scored.Probabilities);
        cost?.AddTo(document);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} sequences of the {order.Part} part"));
            console.Write(Shown(output, (order.Part, scored.Metrics), ("most frequent label", new Dictionary<string, double> { ["accuracy"] = frequent.Accuracy, ["macro_f1"] = frequent.Macro.F1 })));
            WriteLabels(console, output, scored.Report, model.Inputs.Labels);
            cost?.Write(console);
        });
    }

    private void Show(ClassificationResult result, RunFolder folder, CommandOutput output)
    {
        IReadOnlyList<string> labels = result.Recipe.Model.Labels;
        ClassificationReport frequent = ClassificationResult.MostFrequent(result.Data.Train, result.Data.Test, labels.Count);
        JsonObject document = RunDocument.Of(Name, result.Recipe, result.Summary, result.Data.Test.Count, result.Test.Metrics, folder);
        document["baselines"] = new JsonObject { ["most_frequent"] = Frequent(frequent) };
        AddTo(document, result.Test.Report, labels);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Recipe.Name}: {result.Summary.Parameters:N0} parameters, {labels.Count} labels, {result.Data.Train.Count:N0} training sequences, {result.Summary.Steps:N0} steps in {result.Summary.Seconds:F1} s; best at step {result.Summary.Best.Step:N0}"));
            console.Write(Shown(output, ("valid", result.Valid.Metrics), ("test", result.Test.Metrics)));
            WriteLabels(console, output, result.Test.Report, labels);
            RunDocument.WriteEnd(console, result.Recipe, result.Test.Metrics, folder);
        });
    }

    private static JsonObject Frequent(ClassificationReport report) => JsonNumber.Object([new("accuracy", report.Accuracy), new("macro_f1", report.Macro.F1)]);

    // Scores of each label, and the confusion matrix by label.
    private static void AddTo(JsonObject document, ClassificationReport report, IReadOnlyList<string> labels)
    {
        JsonObject scores = [], confusion = [];
        for (int label = 0; label < labels.Count; label++)
        {
            ClassScores own = report.PerClass[label];
            scores[labels[label]] = JsonNumber.Object([new("examples", report.Confusion.OfClass(label)), new("precision", own.Precision), new("recall", own.Recall), new("f1", own.F1)]);
            confusion[labels[label]] = JsonNumber.Object(labels.Select((name, answer) => KeyValuePair.Create(name, (double)report.Confusion[label, answer])));
        }

        document["labels"] = scores;
        document["confusion"] = confusion;
    }

    private static void WriteLabels(IAnsiConsole console, CommandOutput output, ClassificationReport report, IReadOnlyList<string> labels)
    {
        if (labels.Count > MostLabels)
        {
            return;
        }

        Table table = output.Table("label", ">examples", ">precision", ">recall", ">F1");
        for (int label = 0; label < labels.Count; label++)
        {
            ClassScores own = report.PerClass[label];
            table.AddRow(new Text(labels[label]), new Text(report.Confusion.OfClass(label).ToString("N0", CultureInfo.InvariantCulture)), Number(own.Precision), Number(own.Recall), Number(own.F1));
        }

        console.Write(table);
    }

    private static Table Shown(CommandOutput output, params (string Name, IReadOnlyDictionary<string, double> Metrics)[] rows)
    {
        string[] metrics = [.. rows[0].Metrics.Keys];
        Table table = output.Table(["", .. metrics.Select(metric => $">{metric}")]);
        foreach ((string name, IReadOnlyDictionary<string, double> values) in rows)
        {
            table.AddRow([new Text(name), .. metrics.Select(metric => values.TryGetValue(metric, out double value) ? Number(value) : new Text("–"))]);
        }

        return table;
    }

    private static Text Number(double value) => new(value.ToString("F4", CultureInfo.InvariantCulture));
}
