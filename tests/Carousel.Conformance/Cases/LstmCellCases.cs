using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>A single LSTM step, run as a sequence of one; the activated gates come from the kernel itself.</summary>
internal sealed class LstmCellCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["lstm_cell"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        int batch = config.Integer("batch"), hidden = config.Integer("hidden_size");
        var layer = new Lstm(new LstmConfig(config.Integer("input_size"), hidden) { Bias = config.Flag("bias") }, new RandomSource(0));
        var run = new DifferentiableCase(vector, compare);
        run.Load(layer.Parameters(), name => name.Replace("_l0", "", StringComparison.Ordinal));

        Tensor x = run.Input("x"), h = run.Input("h"), c = run.Input("c");
        (_, LstmState state) = layer.Forward(run.Tape, x.Reshape(1, batch, x.Shape[1]), new LstmState(h.Reshape(1, batch, hidden), c.Reshape(1, batch, hidden)));
        if (compare.Expects("gates_activated_ifgo"))
        {
            compare.Output("gates_activated_ifgo", Gates(layer, x, h, c));
        }

        run.Output("h_next", state.Hidden);
        run.Output("c_next", state.Cell);
        run.Backward();
    }

    private static float[] Gates(Lstm layer, Tensor x, Tensor h, Tensor c)
    {
        Dictionary<string, Tensor> weights = layer.Parameters().ToDictionary(entry => entry.Name, entry => entry.Parameter.Tensor);
        KernelSet kernels = KernelCatalog.Selected;
        int batch = x.Shape[0], hidden = h.Shape[1];
        float[] gates = new float[batch * 4 * hidden];
        for (int i = 0; i < gates.Length; i++)
        {
            gates[i] = weights.TryGetValue("bias_ih_l0", out Tensor? bias) ? bias.Values[i % (4 * hidden)] + weights["bias_hh_l0"].Values[i % (4 * hidden)] : 0;
        }

        foreach ((Tensor input, string name) in new[] { (x, "weight_ih_l0"), (h, "weight_hh_l0") })
        {
            var weight = new Matrix(weights[name].Values, 4 * hidden, input.Shape[1]);
            kernels.Multiply(new Matrix(input.Values, batch, input.Shape[1]), weight.Transposed, gates, 4 * hidden, accumulate: true, Workers.Single);
        }

        float[] next = new float[batch * hidden];
        kernels.LstmForward(batch, hidden, gates, c.Values, new float[next.Length], new float[next.Length], next);
        return gates;
    }
}
