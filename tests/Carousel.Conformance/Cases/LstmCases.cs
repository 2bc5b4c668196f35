using Carousel.Autograd.Operations;
using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>The plain LSTM: stacked, bidirectional, projected, with initial state, over variable lengths, batch first.</summary>
internal sealed class LstmCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["lstm", "lstm_varlen"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        var layer = new Lstm(
            new LstmConfig(config.Integer("input_size"), config.Integer("hidden_size"))
            {
                Layers = config.Integer("num_layers", 1),
                Bidirectional = config.Flag("bidirectional", false),
                ProjectionSize = config.Integer("proj_size", 0),
                Bias = config.Flag("bias", true),
            },
            new RandomSource(0));
        var run = new DifferentiableCase(vector, compare);
        run.Load(layer.Parameters());

        bool batchFirst = config.Flag("batch_first", false);
        Tensor x = run.Input("x");
        LstmState? state = run.InputOrNull("h0") is { } h0 ? new LstmState(h0, run.Input("c0")) : null;
        int[]? lengths = config.Has("lengths") ? config.Integers("lengths") : null;
        (Tensor output, LstmState final) = layer.Forward(run.Tape, batchFirst ? run.Tape.Swap(x, 0, 1) : x, state, lengths);

        run.Output("output", batchFirst ? run.Tape.Swap(output, 0, 1) : output);
        run.Output("h_n", final.Hidden);
        run.Output("c_n", final.Cell);
        run.Backward();
    }
}
