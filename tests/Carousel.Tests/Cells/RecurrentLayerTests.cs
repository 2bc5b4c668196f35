using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>Names, starting values and refusals that all recurrent layers share.</summary>
public sealed class RecurrentLayerTests
{
    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Parameters_have_the_names_and_shapes_the_config_states(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, 5, 8);
        Layer layer = RecurrentVariants.Fresh(config, new RandomSource(1));
        Assert.Equal(config.Parameters(), layer.Parameters().Select(entry => new ParameterSpec(entry.Name, entry.Parameter.Tensor.Shape.ToArray())));
        Assert.All(layer.Parameters(), entry => Assert.Equal(entry.Name, entry.Parameter.Name));
    }

    [Theory]
    [InlineData("lstm projected", "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 weight_hr_l0")]
    [InlineData("peephole projected no bias", "weight_ih_l0 weight_hh_l0 weight_ci_l0 weight_cf_l0 weight_co_l0 weight_hr_l0")]
    [InlineData("coupled", "weight_ih_l0 weight_hh_l0 bias_l0")]
    [InlineData("layer norm per gate", "weight_ih_l0 weight_hh_l0 ln_gamma_l0 ln_beta_l0")]
    [InlineData("layer norm ba2016 joint", "weight_ih_l0 weight_hh_l0 bias_l0 ln_x_gamma_l0 ln_x_beta_l0 ln_h_gamma_l0 ln_h_beta_l0 ln_c_gamma_l0 ln_c_beta_l0")]
    [InlineData("gru", "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0")]
    [InlineData("gru reset before", "weight_ih_l0 weight_hh_l0 bias_l0")]
    public void Parameters_of_one_layer_are_named_as_documented(string variant, string names)
    {
        Layer layer = RecurrentVariants.Fresh(RecurrentVariants.Config(variant, 5, 8), new RandomSource(1));
        Assert.Equal(names.Split(' '), layer.Parameters().Select(entry => entry.Name));
    }

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Start_is_orthogonal_per_gate_Glorot_and_a_forget_gate_that_is_open(string variant)
    {
        const int Units = 8;
        RecurrentConfig config = RecurrentVariants.Config(variant, 5, Units);
        foreach ((string name, Parameter parameter) in RecurrentVariants.Fresh(config, new RandomSource(1)).Parameters())
        {
            Tensor tensor = parameter.Tensor;
            float[] values = tensor.Values.ToArray();
            if (name.StartsWith("weight_hh", StringComparison.Ordinal))
            {
                for (int row = 0; row < tensor.Shape[0]; row += Units)
                {
                    AssertOrthogonal(tensor.Range(row, Units));
                }
            }
            else if (name.StartsWith("weight_ih", StringComparison.Ordinal) || name.StartsWith("weight_hr", StringComparison.Ordinal))
            {
                float bound = MathF.Sqrt(6f / (tensor.Shape[0] + tensor.Shape[1]));
                Assert.All(values, value => Assert.InRange(value, -bound, bound));
                Assert.InRange(values.Max(), bound / 2, bound);
            }
            else if (name.Contains("gamma", StringComparison.Ordinal))
            {
                Assert.All(values, value => Assert.Equal(1f, value));
            }
            else
            {
                bool remembers = config is LstmFamilyConfig && (name.StartsWith("bias_ih", StringComparison.Ordinal) || name.StartsWith("bias_l", StringComparison.Ordinal) || name.StartsWith("ln_beta", StringComparison.Ordinal));
                float[] expected = new float[tensor.Length];
                if (remembers)
                {
                    expected.AsSpan(config is CoupledLstmConfig ? 0 : Units, Units).Fill(config is CoupledLstmConfig ? -1 : 1);
                }

                Assert.Equal(expected, values);
            }
        }
    }

    [Fact]
    public void Start_follows_the_forget_bias_and_the_initialization_given()
    {
        var layer = new PeepholeLstm(
            new PeepholeLstmConfig(2, 3) { ForgetBias = -2.5f },
            new RandomSource(1),
            new Initialization { Input = (tensor, _) => tensor.Values.Fill(7), Recurrent = (tensor, _) => tensor.Values.Fill(tensor.Shape[0]) });
        Dictionary<string, Parameter> parameters = layer.Parameters().ToDictionary(entry => entry.Name, entry => entry.Parameter);
        Assert.All(parameters["weight_ih_l0"].Tensor.Values.ToArray(), value => Assert.Equal(7f, value));
        Assert.All(parameters["weight_hh_l0"].Tensor.Values.ToArray(), value => Assert.Equal(3f, value));
        Assert.Equal([0f, 0, 0, -2.5f, -2.5f, -2.5f, 0, 0, 0, 0, 0, 0], parameters["bias_l0"].Tensor.Values.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Start_spreads_the_memories_of_the_units_and_closes_their_input_gates(bool isCoupled)
    {
        const int units = 2000, steps = 400;
        var random = new RandomSource(1);
        Layer layer = isCoupled ? new CoupledLstm(new(1, units) { MemorySteps = steps }, random) : new PeepholeLstm(new(1, units) { MemorySteps = steps }, random);
        float[] bias = layer.Parameters().Single(entry => entry.Name == "bias_l0").Parameter.Tensor.Values.ToArray();

        float[] input = bias[..units], forget = isCoupled ? [.. input.Select(value => -value)] : bias[units..(2 * units)];
        Assert.All(forget, value => Assert.InRange(value, 0, MathF.Log(steps - 1)));
        Assert.InRange(forget.Average(value => Math.Exp(value)), 0.95 * steps / 2, 1.05 * steps / 2);
        Assert.Equal(forget, input.Select(value => -value));
        Assert.All(bias[(2 * units)..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Constructor_with_bad_config_names_every_problem()
    {
        string message = Assert.Throws<ArgumentException>(() => new Gru(new GruConfig(0, -1) { Dropout = 1 }, new RandomSource(1))).Message;
        Assert.Contains("input_size is 0", message, StringComparison.Ordinal);
        Assert.Contains("hidden_size is -1", message, StringComparison.Ordinal);
        Assert.Contains("dropout is 1", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RecurrentVariants.All), MemberType = typeof(RecurrentVariants))]
    public void Forward_refuses_what_does_not_fit(string variant)
    {
        RecurrentConfig config = RecurrentVariants.Config(variant, 5, 8);
        Layer layer = RecurrentVariants.Make(config);
        var random = new RandomSource(1);
        Tensor x = RecurrentVariants.Normal(random, 3, 2, 5);
        LayerState stranger = config is GruConfig ? new LstmState(new Tensor(1, 2, 8), new Tensor(1, 2, 8)) : new GruState(new Tensor(1, 2, 8));

        AssertRefused("takes [T, B, 5], found [3, 2, 4]", () => layer.Forward(new Tape(), new Tensor(3, 2, 4), null));
        AssertRefused("takes [T, B, 5], found [3, 5]", () => layer.Forward(new Tape(), new Tensor(3, 5), null));
        AssertRefused("must be [", () => layer.Forward(new Tape(), x, RecurrentVariants.State(config, 3, random)));
        AssertRefused("must be [", () => layer.Forward(new Tape(), x, RecurrentVariants.State(config with { Layers = config.Layers + 1 }, 2, random)));
        AssertRefused("keeps a", () => layer.Forward(new Tape(), x, stranger));
        AssertRefused("2 numbers from 0 to 3, found [3, 4]", () => layer.Forward(new Tape(), x, null, [3, 4]));
        AssertRefused("2 numbers from 0 to 3, found [3]", () => layer.Forward(new Tape(), x, null, [3]));
    }

    [Fact]
    public void Forward_names_layer_and_step_of_the_first_number_that_is_not_finite()
    {
        RecurrentConfig config = new GruConfig(2, 3) { Layers = 2, Bidirectional = true };
        Layer layer = RecurrentVariants.Make(config);
        layer.Parameters().Single(entry => entry.Name == "weight_ih_l1_reverse").Parameter.Tensor.Values[0] = float.NaN;
        var tape = new Tape();
        layer.Forward(tape, RecurrentVariants.Normal(new RandomSource(1), 4, 1, 2), null);
        Assert.Equal("gru_l1_reverse", tape.FindNonFinite()!.Layer);
    }

    private static void AssertRefused(string message, Action action) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);

    // Rows of unit length at right angles, or columns when there are fewer of them.
    private static void AssertOrthogonal(Tensor block)
    {
        int rows = block.Shape[0], columns = block.Shape[1];
        bool byRow = rows <= columns;
        (int count, int length) = byRow ? (rows, columns) : (columns, rows);
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                double dot = 0;
                for (int k = 0; k < length; k++)
                {
                    dot += (double)block.Values[byRow ? (a * columns) + k : (k * columns) + a] * block.Values[byRow ? (b * columns) + k : (k * columns) + b];
                }

                Assert.Equal(a == b ? 1 : 0, dot, 1e-6);
            }
        }
    }
}
