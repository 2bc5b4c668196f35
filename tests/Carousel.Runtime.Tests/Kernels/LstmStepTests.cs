using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class LstmStepTests
{
    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Forward_and_backward_at_every_width_give_the_bits_of_the_scalar_set(string name)
    {
        KernelSet set = Sets.ByName(name);
        for (int hidden = 0; hidden <= 70; hidden++)
        {
            Step expected = Run(Sets.Scalar, batch: 3, hidden), actual = Run(set, batch: 3, hidden);
            foreach ((string what, float[] left, float[] right) in expected.Named.Zip(actual.Named, (e, a) => (e.Name, e.Values, a.Values)))
            {
                Sets.AssertAgree(set, left, right, 1e-6f, $"{what}, hidden {hidden}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Forward_matches_the_equations_in_double_precision(string name)
    {
        const int Batch = 2, Hidden = 21;
        Step step = Run(Sets.ByName(name), Batch, Hidden);
        for (int at = 0; at < Batch * Hidden; at++)
        {
            int row = at / Hidden, unit = at % Hidden;
            double Z(int gate) => step.PreActivations[(row * 4 * Hidden) + (gate * Hidden) + unit];
            double i = Sigmoid(Z(0)), f = Sigmoid(Z(1)), g = Math.Tanh(Z(2)), o = Sigmoid(Z(3));
            double c = (f * step.PreviousCell[at]) + (i * g);
            Assert.Equal(c, step.Cell[at], 6e-7);
            Assert.Equal(Math.Tanh(c), step.CellTanh[at], 6e-7);
            Assert.Equal(o * Math.Tanh(c), step.Output[at], 6e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Backward_matches_finite_differences_of_the_equations(string name)
    {
        const int Batch = 2, Hidden = 19;
        const double Nudge = 1e-5;
        Step step = Run(Sets.ByName(name), Batch, Hidden);
        for (int at = 0; at < Batch * Hidden; at++)
        {
            int row = at / Hidden, unit = at % Hidden;
            double[] z = [.. Enumerable.Range(0, 4).Select(gate => (double)step.PreActivations[(row * 4 * Hidden) + (gate * Hidden) + unit])];
            double before = step.PreviousCell[at], dh = step.OutputGradient[at], dc = step.IncomingCellGradient[at];
            for (int gate = 0; gate < 4; gate++)
            {
                double[] up = [.. z], down = [.. z];
                up[gate] += Nudge;
                down[gate] -= Nudge;
                Assert.Equal((Loss(up, before) - Loss(down, before)) / (2 * Nudge), step.GateGradient[(row * 4 * Hidden) + (gate * Hidden) + unit], 2e-6);
            }

            Assert.Equal((Loss(z, before + Nudge) - Loss(z, before - Nudge)) / (2 * Nudge), step.CellGradient[at], 2e-6);

            double Loss(double[] gates, double previous)
            {
                double cell = (Sigmoid(gates[1]) * previous) + (Sigmoid(gates[0]) * Math.Tanh(gates[2]));
                return (dh * Sigmoid(gates[3]) * Math.Tanh(cell)) + (dc * cell);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Forward_state_without_input_decays_to_zero_and_never_to_a_denormal(string name)
    {
        const int Hidden = 17;
        KernelSet set = Sets.ByName(name);
        float[] cell = [.. Enumerable.Repeat(1f, Hidden)], squashed = new float[Hidden], output = new float[Hidden];
        for (int time = 0; time < 300; time++)
        {
            // Input gate, candidate and output at zero, forget gate at one half.
            set.LstmForward(1, Hidden, new float[4 * Hidden], cell, cell, squashed, output);
            Assert.All(cell.Concat(squashed).Concat(output), value => Assert.False(float.IsSubnormal(value)));
        }

        Assert.All(cell, value => Assert.Equal(0, value));
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Forward_NaN_stays_in_its_unit(string name)
    {
        const int Hidden = 18;
        float[] gates = new float[4 * Hidden], cell = new float[Hidden], squashed = new float[Hidden], output = new float[Hidden];
        gates[Hidden + 17] = float.NaN;
        Sets.ByName(name).LstmForward(1, Hidden, gates, new float[Hidden], cell, squashed, output);
        Assert.All(output[..17], value => Assert.Equal(0, value));
        Assert.True(float.IsNaN(output[17]));
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static Step Run(KernelSet set, int batch, int hidden)
    {
        int states = batch * hidden;
        float[] z = Sets.Values(4 * states, 1, scale: 4), before = Sets.Values(states, 2, scale: 2), dh = Sets.Values(states, 3), dc = Sets.Values(states, 4);
        var step = new Step(z, before, [.. z], new float[states], new float[states], new float[states], dh, dc, [.. dc], new float[4 * states]);
        set.LstmForward(batch, hidden, step.Gates, before, step.Cell, step.CellTanh, step.Output);
        set.LstmBackward(batch, hidden, step.Gates, before, step.CellTanh, dh, step.CellGradient, step.GateGradient);
        return step;
    }

    private sealed record Step(float[] PreActivations, float[] PreviousCell, float[] Gates, float[] Cell, float[] CellTanh, float[] Output,
        float[] OutputGradient, float[] IncomingCellGradient, float[] CellGradient, float[] GateGradient)
    {
        public IEnumerable<(string Name, float[] Values)> Named =>
            [("gates", Gates), ("cell", Cell), ("tanh of the cell", CellTanh), ("output", Output), ("cell gradient", CellGradient), ("gate gradient", GateGradient)];
    }
}
