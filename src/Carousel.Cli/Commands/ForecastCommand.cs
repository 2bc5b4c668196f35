using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel forecast</c>: what follows the last row of a file.</summary>
internal sealed class ForecastCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model file." };
    private readonly Option<string> _input = new("--input") { Description = "A data file with the model's columns, or - for standard input.", HelpName = "path", DefaultValueFactory = _ => "-" };

    /// <summary>Declares the command.</summary>
    public ForecastCommand()
        : base("forecast", "Forecast what follows the last row of a data file.", "forecast runs/ett/model.safetensors --input ETTh1.csv", "forecast runs/ett/model.safetensors --input - --json")
    {
        Arguments.Add(_model);
        Options.Add(_input);
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!, input = arguments.GetValue(_input)!;
        ForecastModel model = ForecastModel.Load(path);
        CsvOptions options = ((model.Recipe ?? new ForecastRecipe()) with { Model = model.Config }).CsvOptions;
        Series series = input == "-" ? Series.FromCsv(output.Input, "standard input", options) : Series.FromCsv(input, options);
        IReadOnlyList<ForecastRow> rows = model.ForecastAfter(series);
        output.Result(Document(path, model.Config, rows), console => console.Write(Shown(output, model.Config, rows)));
        return Task.CompletedTask;
    }

    private static JsonObject Document(string path, ForecasterConfig config, IReadOnlyList<ForecastRow> rows)
    {
        JsonArray list = [];
        foreach (ForecastRow row in rows)
        {
            var values = new JsonObject();
            for (int target = 0; target < config.Targets.Count; target++)
            {
                values[config.Targets[target]] = config.Quantiles.Count == 0
                    ? JsonNumber.Of(row.Values[target][0])
                    : JsonNumber.Object(config.Quantiles.Select((level, i) => KeyValuePair.Create(level.ToString(CultureInfo.InvariantCulture), row.Values[target][i])));
            }

            var item = new JsonObject { ["ahead"] = row.Ahead };
            if (row.Time is { } time)
            {
                item["time"] = time.ToString("s", CultureInfo.InvariantCulture);
            }

            item["values"] = values;
            list.Add((JsonNode)item);
        }

        return new JsonObject { ["model"] = path, ["task"] = "forecast", ["rows"] = list };
    }

    private static Table Shown(CommandOutput output, ForecasterConfig config, IReadOnlyList<ForecastRow> rows)
    {
        bool hasTime = rows[0].Time is not null;
        IEnumerable<string> columns = config.Targets.SelectMany(target => config.Quantiles.Count == 0
            ? [$">{target}"]
            : config.Quantiles.Select(level => string.Create(CultureInfo.InvariantCulture, $">{target} {100 * level:G3} %")));
        Table table = output.Table([">ahead", .. hasTime ? ["time"] : Array.Empty<string>(), .. columns]);
        foreach (ForecastRow row in rows)
        {
            table.AddRow([
                new Text(row.Ahead.ToString(CultureInfo.InvariantCulture)),
                .. hasTime ? [new Text(row.Time!.Value.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture))] : Array.Empty<Text>(),
                .. row.Values.SelectMany(values => values).Select(value => new Text(value.ToString("G6", CultureInfo.InvariantCulture))),
            ]);
        }

        return table;
    }
}
