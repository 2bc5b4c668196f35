using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Metrics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tasks.Translation;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Translation on the command line.</summary>
internal sealed class TranslationTaskCommands : ITask
{
    /// <inheritdoc/>
    public string Name => "translate";

    /// <inheritdoc/>
    public string DefaultRecipe => TranslationRecipeJson.Shared.Write(TranslationRecipe.Default);

    /// <inheritdoc/>
    public async Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation)
    {
        var recipe = TranslationRecipeJson.Shared.Read<TranslationRecipe>(order.Recipe, order.Source);
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'", [.. recipe.Validate()]);
        TranslationData data = TranslationData.Of(new ParallelCorpus(order.Data, recipe.Languages), recipe);
        TranslationTraining.Prepare(recipe, data);
        using RunFolder folder = order.OpenFolder(recipe.Training, output);
        output.Message(string.Create(CultureInfo.InvariantCulture,
            $"{data.Train.Count:N0} sentence pairs, {data.Train.TargetTokens:N0} target tokens, {data.LeftOut:N0} pairs left out; {100 * TranslationTraining.PaddingShare(recipe, data):F1} % of a batch is padding"));
        TranslationResult result = await ConsoleTraining.RunAsync(folder, order.Threads, output, run => TranslationTraining.Run(recipe, data, run, cancellation), TranslationReport.Of).ConfigureAwait(false);
        Show(result, folder, output);
    }

    /// <inheritdoc/>
    public void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation)
    {
        TranslationModel model = TranslationModel.Load(order.Model);
        LanguagePair languages = (model.Recipe ?? new TranslationRecipe()).Languages;
        var pairs = TokenPairs.Of(new ParallelCorpus(order.Data, languages).Read(order.Part), model.Source, model.Target);
        BeamConfig beam = (model.Recipe ?? new TranslationRecipe()).Beam;
        using var workers = new Workers(order.Threads);
        TranslationScore score = model.Score(pairs, model.Evaluate(pairs, workers, cancellation), beam, order.Options(Precision.Float32), cancellation);
        PrecisionCost? cost = null;
        if (order.Precision is { } precision)
        {
            (Perplexity found, _, float difference) = model.Evaluate(pairs, order.Options(precision), cancellation);
            IReadOnlyDictionary<string, double> exact = score.Metrics;
            score = model.Score(pairs, found, beam, order.Options(precision), cancellation);
            cost = new PrecisionCost(precision, exact, score.Metrics, difference);
        }

        JsonObject document = EvaluationDocument.Of(Name, order, pairs.Count, score.Metrics);
        document["beam"] = beam.Beam;
        document["signatures"] = Signatures(score);
        cost?.AddTo(document);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pairs.Count:N0} sentence pairs of the {order.Part} part, translated with a beam of {beam.Beam}"));
            Write(console, output, score, (order.Part, score));
            cost?.Write(console);
        });
    }

    private void Show(TranslationResult result, RunFolder folder, CommandOutput output)
    {
        JsonObject document = RunDocument.Of(Name, result.Recipe, result.Summary, result.Data.Test.Count, result.Test.Metrics, folder);
        document["signatures"] = Signatures(result.Test);
        document["padding_share"] = JsonNumber.Of(result.PaddingShare);
        document["tokens_per_second"] = JsonNumber.Of(result.TokensPerSecond);
        if (result.MinimumRisk is { } risk)
        {
            document["seconds"] = JsonNumber.Of(result.Seconds);
            document["minimum_risk"] = new JsonObject
            {
                ["steps"] = risk.Summary.Steps,
                ["seconds"] = JsonNumber.Of(risk.Summary.Seconds),
                ["search_seconds"] = JsonNumber.Of(risk.SearchSeconds),
                ["validation_bleu"] = new JsonArray(JsonNumber.Of(risk.BleuBefore), JsonNumber.Of(risk.BleuAfter)),
                ["kept"] = risk.IsBetter,
            };
        }

        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Recipe.Name}: {result.Summary.Parameters:N0} parameters, {result.Recipe.Model.TargetVocabularySize:N0} tokens in the vocabulary, {result.Summary.Steps:N0} steps in {result.Summary.Seconds:F1} s, {result.TokensPerSecond:N0} target tokens/s"));
            if (result.MinimumRisk is { } refined)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"minimum risk: candidates in {refined.SearchSeconds:F1} s, {refined.Summary.Steps:N0} steps in {refined.Summary.Seconds:F1} s, BLEU of the validation part {refined.BleuBefore:F2} → {refined.BleuAfter:F2}{(refined.IsBetter ? "" : ": no better, the model before is kept")}; {result.Seconds:F1} s in all"));
            }

            Write(console, output, result.Test, ("valid", result.Valid), ("test", result.Test));
            RunDocument.WriteEnd(console, result.Recipe, result.Test.Metrics, folder);
        });
    }

    private static JsonObject Signatures(TranslationScore score) => new() { ["bleu"] = score.Bleu.Signature, ["chrf"] = score.Chrf.Signature };

    private static void Write(IAnsiConsole console, CommandOutput output, TranslationScore signed, params (string Part, TranslationScore Score)[] rows)
    {
        Table table = output.Table("", ">BLEU", ">chrF", ">perplexity", ">bits per token");
        foreach ((string part, TranslationScore score) in rows)
        {
            table.AddRow(new Text(part), Number(score.Bleu.Score), Number(score.Chrf.Score), Number(score.Perplexity.Value), Number(score.Perplexity.BitsPerToken));
        }

        console.Write(table);
        console.WriteLine($"BLEU  {signed.Bleu.Signature}");
        console.WriteLine($"chrF  {signed.Chrf.Signature}");
    }

    private static Text Number(double value) => new(value.ToString("F2", CultureInfo.InvariantCulture));
}
