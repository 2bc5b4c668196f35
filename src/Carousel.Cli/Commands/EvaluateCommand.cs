using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Runtime.Kernels;
using Carousel.Tasks.Forecasting;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel evaluate</c>: how good a model is on one part of a data file, beside the baselines.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model file." };
    private readonly Option<string> _data = new("--data") { Description = "The data file.", Required = true, HelpName = "path" };
    private readonly Option<string> _split = new("--split") { Description = "The part to measure on: train, valid or test.", HelpName = "part", DefaultValueFactory = _ => "test" };
    private readonly ThreadsOption _threads = new();

    /// <summary>Declares the command.</summary>
    public EvaluateCommand()
        : base("evaluate", "Measure a model on a data file.", "evaluate runs/ett/model.safetensors --data ETTh1.csv", "evaluate runs/ett/model.safetensors --data ETTh1.csv --split valid --json")
    {
        Arguments.Add(_model);
        Options.Add(_data);
        _split.AcceptOnlyFromAmong("train", "valid", "test");
        Options.Add(_split);
        Options.Add(_threads);
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!, part = arguments.GetValue(_split)!;
        ForecastModel model = ForecastModel.Load(path);
        ForecastRecipe recipe = (model.Recipe ?? new ForecastRecipe()) with { Model = model.Config };
        Series series = Series.FromCsv(arguments.GetValue(_data)!, recipe.CsvOptions);
        var window = new WindowConfig { Length = model.Config.Window, Horizon = model.Config.Horizon };
        PreparedSeries data = PreparedSeries.Of(series, recipe.Split, window, model.Scaler);
        Windows windows = part switch { "train" => data.Train, "valid" => data.Valid, _ => data.Test };
        using var workers = new Workers(arguments.GetValue(_threads));
        ScoredForecasts scored = model.Evaluate(data, windows, workers, cancellationToken);
        IReadOnlyList<ScoredForecasts> baselines = ForecastTraining.EvaluateBaselines(data, windows, model.Config);
        var document = new JsonObject
        {
            ["model"] = path,
            ["task"] = "forecast",
            ["split"] = part,
            ["examples"] = windows.Count,
            ["metrics"] = JsonNumber.Object(scored.Metrics),
            ["baselines"] = ForecastRun.Baselines(baselines),
        };
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{windows.Count:N0} windows of the {part} part (rows {windows.Part.Start:N0} to {windows.Part.End - 1:N0})"));
            console.Write(ForecastRun.Compare(output, [scored, .. baselines]));
        });
        return Task.CompletedTask;
    }
}
