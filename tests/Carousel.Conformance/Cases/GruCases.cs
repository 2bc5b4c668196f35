using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>The GRU: reset after the product as PyTorch's stacked and bidirectional module, reset before it as a single cell.</summary>
internal sealed class GruCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["gru", "gru_reset_before"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        bool resetAfter = config.Flag("reset_after");
        var layer = new Gru(
            new GruConfig(config.Integer("input_size"), config.Integer("hidden_size"))
            {
                Layers = config.Integer("num_layers", 1),
                Bidirectional = config.Flag("bidirectional", false),
                Bias = config.Flag("bias", true),
                ResetAfter = resetAfter,
            },
            new RandomSource(0));
        var run = new DifferentiableCase(vector, compare);
        run.Load(layer.Parameters(), resetAfter ? null : name => name.Replace("_l0", "", StringComparison.Ordinal));

        Tensor x = run.Input("x");
        GruState? state = run.InputOrNull("h0") is { } h0 ? new GruState(resetAfter ? h0 : h0.Reshape(1, h0.Shape[0], h0.Shape[1])) : null;
        (Tensor output, GruState final) = layer.Forward(run.Tape, x, state);
        run.Output("output", output);
        run.Output("h_n", final.Hidden);
        run.Backward();
    }
}
