using System.Text.Json.Nodes;
using Carousel.Reports;

namespace Carousel.Tests.Reports;

public sealed class FactTableTests
{
    [Fact]
    public void FromJson_flattens_and_leaves_out_what_is_empty_or_unwanted()
    {
        JsonObject members = JsonNode.Parse("""{"window":336,"targets":["OT","HUFL"],"none":[],"date":null,"network":{"layers":[{"type":"lstm","bias":true},{"type":"dropout"}]},"name":"x"}""")!.AsObject();

        FactTable table = FactTable.FromJson("model", members, "name");

        Assert.Equal("model", table.Title);
        Assert.Equal(["window=336", "targets=OT, HUFL", "network.layers[0].type=lstm", "network.layers[0].bias=true", "network.layers[1].type=dropout"],
            table.Facts.Select(static fact => $"{fact.Key}={fact.Value}"));
    }
}
