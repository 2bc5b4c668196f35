using System.CommandLine;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Kernels;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel explain</c>: which kernels this machine gets, and why.</summary>
internal sealed class ExplainCommand() : CliCommand("explain", "Say which kernels this machine gets, and why.", "explain", "explain --json")
{
    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        KernelSet selected = KernelCatalog.Selected;
        Table table = output.Table("kernels", "");
        JsonArray kernels = [];
        foreach (KernelSet set in KernelCatalog.Supported)
        {
            kernels.Add((JsonNode)new JsonObject { ["name"] = set.Name, ["selected"] = set == selected });
            table.AddRow(new Text(set.Name), new Text(set == selected ? "selected" : ""));
        }

        output.Result(new JsonObject { ["machine"] = MachineFacts.Read().ToJson(), ["selected"] = selected.Name, ["kernels"] = kernels }, console => console.Write(table));
        return Task.CompletedTask;
    }
}
