using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Metrics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Tasks.Transcription;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Transcription on the command line.</summary>
internal sealed class TranscriptionTaskCommands : ITask
{
    private const int WorstUtterances = 10;

    /// <inheritdoc/>
    public string Name => "transcribe";

    /// <inheritdoc/>
    public string DefaultRecipe => TranscriptionRecipeJson.Shared.Write(TranscriptionRecipe.Default);

    /// <inheritdoc/>
    public async Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation)
    {
        var recipe = TranscriptionRecipeJson.Shared.Read<TranscriptionRecipe>(order.Recipe, order.Source);
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'", [.. recipe.Validate()]);
        TranscriptionData data = TranscriptionData.Of(recipe.ReadCorpus(order.Data), recipe);
        TranscriptionTraining.Prepare(recipe, data);
        using RunFolder folder = order.OpenFolder(recipe.Training, output);
        foreach (string warning in data.Warnings)
        {
            output.Warning(warning);
        }

        TranscriptionResult result = await ConsoleTraining.RunAsync(folder, order.Threads, output, run => TranscriptionTraining.Run(recipe, data, run, cancellation), TranscriptionReport.Of).ConfigureAwait(false);
        Show(result, folder, output);
    }

    /// <inheritdoc/>
    public void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation)
    {
        TranscriptionModel model = TranscriptionModel.Load(order.Model);
        TranscriptionRecipe recipe = (model.Recipe ?? new TranscriptionRecipe()) with { Model = model.Network.Config };
        (IReadOnlyList<Utterance> train, IReadOnlyList<Utterance> valid, IReadOnlyList<Utterance> test) = recipe.ReadCorpus(order.Data).Parts(recipe.HoldOut);
        IReadOnlyList<Utterance> part = order.Choose(train, valid, test);
        using var workers = new Workers(order.Threads);
        ILanguageModel? language = order.Search.LoadLanguageModel();
        using var owned = language as IDisposable;
        TranscriberOptions search = order.Search.Options(model.Network.Config.Search, language);
        PrecisionCost? cost = null;
        TranscriptionScores scores;
        if (order.Precision is { } precision)
        {
            (scores, float[] logits) = model.Evaluate(part, workers, order.Options(precision), search, cancellation);
            (TranscriptionScores exact, float[] exactLogits) = model.Evaluate(part, workers, order.Options(Precision.Float32), search, cancellation);
            cost = PrecisionCost.Of(precision, exact.Metrics, scores.Metrics, exactLogits, logits);
        }
        else
        {
            scores = model.Evaluate(part, workers, search, cancellation);
        }

        JsonObject document = EvaluationDocument.Of(Name, order, part.Count, scores.Metrics);
        document["language_model"] = order.Search.LanguageModelPath ?? (model.LanguageModel is null ? null : "model file");
        document["worst"] = Worst(scores.Search);
        cost?.AddTo(document);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} utterances of the {order.Part} part, {scores.Search.Words.ReferenceLength:N0} words"));
            console.Write(Shown(output, (order.Part, scores)));
            foreach (int i in scores.Search.Worst(WorstUtterances))
            {
                console.WriteLine($"{scores.Search.Utterances[i].Name}: {scores.Search.Utterances[i].Text} → {scores.Search.Hypotheses[i]}");
            }

            cost?.Write(console);
        });
    }

    private void Show(TranscriptionResult result, RunFolder folder, CommandOutput output)
    {
        JsonObject document = RunDocument.Of(Name, result.Recipe, result.Summary, result.Data.Test.Count, result.Test.Metrics, folder);
        document["labels"] = result.Data.Labels.Count;
        document["worst"] = Worst(result.Test.Search);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Recipe.Name}: {result.Summary.Parameters:N0} parameters, {result.Data.Labels.Count:N0} labels, {result.Summary.Steps:N0} steps in {result.Summary.Seconds:F1} s"));
            console.Write(Shown(output, ("valid", result.Valid), ("test", result.Test)));
            RunDocument.WriteEnd(console, result.Recipe, result.Test.Metrics, folder);
        });
    }

    private static JsonArray Worst(TranscriptionScore score) =>
    [
        .. score.Worst(WorstUtterances).Select(i => (JsonNode)new JsonObject
        {
            ["utterance"] = score.Utterances[i].Name,
            ["errors"] = score.Words.Utterances[i].Errors,
            ["said"] = score.Utterances[i].Text,
            ["heard"] = score.Hypotheses[i],
        }),
    ];

    private static Table Shown(CommandOutput output, params (string Part, TranscriptionScores Scores)[] rows)
    {
        Table table = output.Table("", "decoding", ">WER %", ">CER %", ">substitutions", ">deletions", ">insertions", ">words");
        foreach ((string part, TranscriptionScores scores) in rows)
        {
            foreach ((string way, TranscriptionScore score) in new[] { ("search", scores.Search), ("greedy", scores.Greedy) })
            {
                EditCounts words = score.Words.Counts;
                table.AddRow(new Text(part), new Text(way), Number(100 * score.Words.Value, "F2"), Number(100 * score.Characters.Value, "F2"),
                    Number(words.Substitutions, "F0"), Number(words.Deletions, "F0"), Number(words.Insertions, "F0"), Number(score.Words.ReferenceLength, "F0"));
            }
        }

        return table;
    }

    private static Text Number(double value, string format) => new(value.ToString(format, CultureInfo.InvariantCulture));
}
