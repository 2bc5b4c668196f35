using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Kernels;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel explain</c>: which kernels this machine gets, and why.</summary>
internal sealed class ExplainCommand() : CliCommand("explain", "Say which kernels this machine gets, and why.", "explain", "explain --json")
{
    private static readonly Style Selected = new(Color.Green, decoration: Decoration.Bold);
    private static readonly Style Missing = new(Color.Grey);

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        KernelExplanation explanation = KernelCatalog.Explain();
        var machine = MachineFacts.Read();
        output.Result(Document(explanation, machine), console =>
        {
            console.WriteLine($"{machine.Processor}, {machine.Cores} cores, {machine.Runtime} on {machine.System}");
            console.WriteLine($"kernels: {explanation.Selected}, {explanation.Because}");
            console.WriteLine();
            console.Write(Kernels("kernels", explanation.Sets, output));
            console.WriteLine();
            console.Write(Kernels("bf16 products", explanation.MixedProducts, output));
            console.WriteLine();
            console.Write(InstructionSets(explanation, output));
            console.WriteLine();
            console.WriteLine($"{KernelCatalog.Variable}=NAME forces a set.", Missing);
        });
        return Task.CompletedTask;
    }

    private static JsonObject Document(KernelExplanation explanation, MachineFacts machine) => new()
    {
        ["machine"] = machine.ToJson(),
        ["selected"] = explanation.Selected,
        ["because"] = explanation.Because,
        ["kernels"] = Choices(explanation.Sets),
        ["bf16_products"] = Choices(explanation.MixedProducts),
        ["instruction_sets"] = new JsonArray([.. explanation.InstructionSets.Select(static set => (JsonNode)new JsonObject
        {
            ["name"] = set.Name,
            ["supported"] = set.IsSupported,
            ["use"] = set.Use,
        })]),
    };

    private static JsonArray Choices(IReadOnlyList<KernelChoice> kernels) => [.. kernels.Select(static kernel => (JsonNode)new JsonObject
    {
        ["name"] = kernel.Name,
        ["vector_bits"] = kernel.VectorBits,
        ["supported"] = kernel.IsSupported,
        ["selected"] = kernel.IsSelected,
        ["reason"] = kernel.Reason,
    })];

    private static Table Kernels(string title, IReadOnlyList<KernelChoice> kernels, CommandOutput output)
    {
        Table table = output.Table(title, ">bits", "here", "why");
        foreach (KernelChoice kernel in kernels)
        {
            Style? style = kernel.IsSelected ? Selected : kernel.IsSupported ? null : Missing;
            table.AddRow(new Text(kernel.Name, style), new Text(kernel.VectorBits.ToString(CultureInfo.InvariantCulture), style),
                new Text(kernel.IsSelected ? "selected" : kernel.IsSupported ? "yes" : "no", style), new Text(kernel.Reason, kernel.IsSupported ? null : Missing));
        }

        table.Columns[^1].NoWrap = false;
        return table;
    }

    private static Table InstructionSets(KernelExplanation explanation, CommandOutput output)
    {
        Table table = output.Table("instructions", "here", "used for");
        foreach (InstructionSet set in explanation.InstructionSets)
        {
            Style? style = set.IsSupported ? null : Missing;
            table.AddRow(new Text(set.Name, style), new Text(set.IsSupported ? "yes" : "no", style), new Text(set.Use, style));
        }

        return table;
    }
}
