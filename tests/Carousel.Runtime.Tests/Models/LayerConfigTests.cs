using System.Text.Json.Serialization;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class LayerConfigTests
{
    /// <summary>One of each, with every field away from its default.</summary>
    public static TheoryData<LayerConfig> OneOfEach =>
    [
        new LstmConfig(3, 5) { Layers = 2, Bidirectional = true, ProjectionSize = 2, Bias = false, Dropout = 0.25f, ForgetBias = 0.5f },
        new PeepholeLstmConfig(3, 5) { Layers = 2, ProjectionSize = 2, ForgetBias = 2, MemorySteps = 100 },
        new CoupledLstmConfig(3, 5) { Bias = false, Bidirectional = true },
        new LayerNormLstmConfig(3, 5) { Variant = LayerNormPlacement.Ba2016, NormGroup = LayerNormGroup.Joint, Epsilon = 1e-3f },
        new ClippedLstmConfig(3, 5) { GateClip = 3, CellClip = 50 },
        new ZoneoutLstmConfig(3, 5) { CellRate = 0.125f, HiddenRate = 0.25f },
        new DropoutLstmConfig(3, 5) { Kind = RecurrentDropout.WeightDrop, Rate = 0.5f, PerStep = false },
        new GruConfig(3, 5) { ResetAfter = false, Layers = 3 },
        new LinearConfig(3, 5) { Bias = false },
        new EmbeddingConfig(7, 5) { PaddingIndex = -1 },
        new DropoutConfig(3, 0.25f),
        new LayerNormConfig(3) { Epsilon = 0.1f, Affine = false },
        new Conv1dConfig(4, 6, 3) { Stride = 2, Padding = 1, Dilation = 2, Groups = 2, Bias = false },
        new AdditiveAttentionConfig(3, 4, 5) { Bias = true },
        new LuongAttentionConfig(3, 4) { Score = LuongScore.Concat, AttentionSize = 6 },
        new MultiHeadAttentionConfig(6, 3) { KeySize = 4, ValueSize = 5, Bias = false, Dropout = 0.5f },
        new EncoderLayerConfig(6, 2, 10) { Activation = EncoderActivation.Gelu, NormFirst = true, Epsilon = 1e-3f, Dropout = 0, Causal = true },
        new SequentialConfig(new EmbeddingConfig(7, 4), new SequentialConfig(new LstmConfig(4, 3), new LinearConfig(3, 2))),
    ];

    [Theory]
    [MemberData(nameof(OneOfEach))]
    public void Read_of_written_config_gives_equal_config(LayerConfig config)
    {
        string json = ModelJson.Shared.Write(config);
        LayerConfig read = ModelJson.Shared.Read<LayerConfig>(json, "test");
        Assert.Equal(config, read);
        Assert.Equal(json, ModelJson.Shared.Write(read));
        Assert.Empty(config.Validate());
    }

    [Fact]
    public void OneOfEach_covers_every_registered_type()
    {
        Type[] registered = [.. typeof(LayerConfig).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Cast<JsonDerivedTypeAttribute>().Select(a => a.DerivedType)];
        Assert.Equal(registered.Select(type => type.Name).Order(), OneOfEach.Select(row => row.Data.GetType().Name).Order());
        Assert.All(registered, type => Assert.Contains(type, ModelJson.LayerPrototypes.Select(prototype => prototype.GetType())));
        Assert.Equal(
            typeof(LayerConfig).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LayerConfig)) && !type.IsAbstract).Select(type => type.Name).Order(),
            registered.Select(type => type.Name).Order());
    }

    [Fact]
    public void Read_with_keys_left_out_takes_the_defaults()
    {
        Assert.Equal(new LstmConfig(3, 5), ModelJson.Shared.Read<LayerConfig>("""{"hidden_size":5,"type":"lstm","input_size":3}""", "test"));
        Assert.Equal(new ZoneoutLstmConfig(0, 5), ModelJson.Shared.Read<LayerConfig>("""{"type":"zoneout_lstm","hidden_size":5}""", "test"));
        Assert.Equal(
            new SequentialConfig(new LstmConfig(2, 4), new LinearConfig(4, 1)),
            ModelJson.Shared.Read<LayerConfig>("""
                { // comments and trailing commas are welcome in a recipe
                  "type": "sequential",
                  "layers": [ {"type": "lstm", "input_size": 2, "hidden_size": 4}, {"type": "linear", "input_size": 4, "output_size": 1}, ],
                }
                """, "test"));
    }

    [Theory]
    [InlineData("""{"type":"lstm","hiden_size":5}""", "hiden_size: unknown key (did you mean 'hidden_size'?); known are bias, bidirectional,")]
    [InlineData("""{"type":"lstm","in":5}""", "in: unknown key; known are")]
    [InlineData("""{"type":"lstm","output_size":5}""", "output_size: unknown key")]
    [InlineData("""{"type":"lstn","hidden_size":5}""", "unknown type 'lstn' (did you mean 'lstm'?), expected one of additive_attention,")]
    [InlineData("""{"hidden_size":5}""", "key 'type' is missing, expected one of additive_attention,")]
    [InlineData("""{"type":"lstm","hidden_size":"five"}""", "hidden_size: found \"five\", expected a whole number")]
    [InlineData("""{"type":"lstm","hidden_size":5.5}""", "hidden_size: found 5.5, expected a whole number")]
    [InlineData("""{"type":"lstm","hidden_size":99999999999}""", "hidden_size: found 99999999999, expected a whole number")]
    [InlineData("""{"type":"lstm","hidden_size":null}""", "hidden_size: found null, expected a whole number")]
    [InlineData("""{"type":"lstm","bias":1}""", "bias: found 1, expected true or false")]
    [InlineData("""{"type":"lstm","layers":[1]}""", "layers: found a list, expected a whole number")]
    [InlineData("""{"type":"layer_norm_lstm","variant":1}""", "variant: found 1, expected one of pre_activation, ba2016")]
    [InlineData("""{"type":"layer_norm_lstm","variant":"ba"}""", "variant: found \"ba\", expected one of pre_activation, ba2016")]
    [InlineData("""{"type":"sequential","layers":[{"type":"linear","output":3}]}""", "layers[0].output: unknown key")]
    [InlineData("""{"type":"sequential","layers":[null]}""", "layers[0]: found null")]
    [InlineData("""{"type":"sequential","layers":{}}""", "layers: found an object, expected a list")]
    [InlineData("""{"type":"lstm","layers":1,"layers":2}""", "is not valid JSON")]
    [InlineData("""{"type":"lstm","\ud800":1}""", "is not valid JSON")]
    [InlineData("""{"type":"lstm",""", "is not valid JSON")]
    [InlineData("", "is not valid JSON")]
    [InlineData("[]", "found a list, expected an object")]
    [InlineData("null", "found null, expected an object")]
    public void Read_of_wrong_config_names_place_and_nearest(string json, string expected)
    {
        ConfigException refused = Assert.Throws<ConfigException>(() => ModelJson.Shared.Read<LayerConfig>(json, "recipe.json"));
        Assert.StartsWith("recipe.json: " + expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_reports_every_problem_at_once()
    {
        ConfigException refused = Assert.Throws<ConfigException>(() => ModelJson.Shared.Read<LayerConfig>(
            """{"type":"sequential","layers":[{"type":"lstm","hiden_size":4},{"type":"linear","bias":"yes","x":1}]}""", "recipe.json"));
        Assert.Equal(["layers[0].hiden_size", "layers[1].bias", "layers[1].x"], refused.Problems.Select(problem => problem.Split(':')[0]));
    }

    [Fact]
    public void Validate_lists_every_problem_at_once()
    {
        var config = new LstmConfig(0, -1) { Layers = 0, Dropout = 1, ForgetBias = float.NaN, MemorySteps = 1, ProjectionSize = 7 };
        Assert.Equal(
            ["input_size is 0, expected 1 … 16777216", "hidden_size is -1, expected 1 … 16777216", "layers is 0, expected 1 … 1000",
                "dropout is 1, expected 0 ≤ p < 1", "forget_bias is NaN, expected a finite number", "memory_steps is 1, expected 0 (none) or 2 and more",
                "projection_size is 7, expected 0 (none) or 1 … hidden_size − 1 = -2"],
            config.Validate());
        Assert.Contains("dropout is 1", Assert.Throws<ArgumentException>(config.ThrowIfInvalid).Message, StringComparison.Ordinal);
    }

    public static TheoryData<LayerConfig, string> Unsound => new()
    {
        { new PeepholeLstmConfig(1, 4) { ProjectionSize = 4 }, "projection_size" },
        { new LayerNormLstmConfig(1, 4) { Bias = false }, "bias" },
        { new LayerNormLstmConfig(1, 4) { Variant = (LayerNormPlacement)9 }, "variant" },
        { new LayerNormLstmConfig(1, 4) { Epsilon = 0 }, "epsilon" },
        { new ClippedLstmConfig(1, 4), "gate_clip and cell_clip" },
        { new ClippedLstmConfig(1, 4) { CellClip = -1 }, "cell_clip" },
        { new ZoneoutLstmConfig(1, 4) { CellRate = 1 }, "cell_rate" },
        { new DropoutLstmConfig(1, 4) { Rate = float.NaN }, "rate" },
        { new GruConfig(1, 1 << 25), "hidden_size" },
        { new LinearConfig(1, 0), "output_size" },
        { new EmbeddingConfig(4, 2) { PaddingIndex = 4 }, "padding_index" },
        { new DropoutConfig(1, -0.1f), "rate" },
        { new LayerNormConfig(1) { Epsilon = float.PositiveInfinity }, "epsilon" },
        { new Conv1dConfig(4, 6, 3) { Groups = 4 }, "groups" },
        { new LuongAttentionConfig(3, 4) { Score = LuongScore.Dot }, "key_size" },
        { new MultiHeadAttentionConfig(6, 4), "heads" },
        { new EncoderLayerConfig(6, 4, 0), "feed_forward_size" },
        { new SequentialConfig(), "layers" },
        { new SequentialConfig(new LinearConfig(2, 3), new LinearConfig(4, 1)), "layers[1] takes 4 features, expected 3" },
        { new SequentialConfig(new LinearConfig(2, 3), new LinearConfig(3, 0)), "layers[1].output_size" },
    };

    [Theory]
    [MemberData(nameof(Unsound))]
    public void Validate_of_unsound_config_names_the_field(LayerConfig config, string field) =>
        Assert.Contains(config.Validate(), problem => problem.StartsWith(field, StringComparison.Ordinal));

    [Fact]
    public void WithInput_fills_sizes_left_at_zero()
    {
        LayerConfig filled = new SequentialConfig(new LstmConfig(0, 4) { Bidirectional = true }, new DropoutConfig(0, 0.5f), new LinearConfig(0, 1)).WithInput(3);
        Assert.Equal(new SequentialConfig(new LstmConfig(3, 4) { Bidirectional = true }, new DropoutConfig(8, 0.5f), new LinearConfig(8, 1)), filled);
    }

    /// <summary>Names and shapes as in the reference vectors, cells' suffixes added.</summary>
    public static TheoryData<LayerConfig, string> Layouts => new()
    {
        { new LstmConfig(3, 5), "weight_ih_l0 [20, 3]; weight_hh_l0 [20, 5]; bias_ih_l0 [20]; bias_hh_l0 [20]" },
        {
            new LstmConfig(3, 5) { Bidirectional = true, ProjectionSize = 2, Bias = false },
            "weight_ih_l0 [20, 3]; weight_hh_l0 [20, 2]; weight_hr_l0 [2, 5]; weight_ih_l0_reverse [20, 3]; weight_hh_l0_reverse [20, 2]; weight_hr_l0_reverse [2, 5]"
        },
        {
            new GruConfig(3, 5) { Layers = 2, Bidirectional = true, Bias = false },
            "weight_ih_l0 [15, 3]; weight_hh_l0 [15, 5]; weight_ih_l0_reverse [15, 3]; weight_hh_l0_reverse [15, 5]; "
            + "weight_ih_l1 [15, 10]; weight_hh_l1 [15, 5]; weight_ih_l1_reverse [15, 10]; weight_hh_l1_reverse [15, 5]"
        },
        { new GruConfig(4, 5) { ResetAfter = false }, "weight_ih_l0 [15, 4]; weight_hh_l0 [15, 5]; bias_l0 [15]" },
        {
            new PeepholeLstmConfig(4, 6) { ProjectionSize = 3 },
            "weight_ih_l0 [24, 4]; weight_hh_l0 [24, 3]; bias_l0 [24]; weight_ci_l0 [6]; weight_cf_l0 [6]; weight_co_l0 [6]; weight_hr_l0 [3, 6]"
        },
        { new CoupledLstmConfig(4, 5), "weight_ih_l0 [20, 4]; weight_hh_l0 [20, 5]; bias_l0 [20]" },
        { new LayerNormLstmConfig(4, 6), "weight_ih_l0 [24, 4]; weight_hh_l0 [24, 6]; ln_gamma_l0 [24]; ln_beta_l0 [24]" },
        {
            new LayerNormLstmConfig(4, 6) { Variant = LayerNormPlacement.Ba2016 },
            "weight_ih_l0 [24, 4]; weight_hh_l0 [24, 6]; bias_l0 [24]; ln_x_gamma_l0 [24]; ln_x_beta_l0 [24]; ln_h_gamma_l0 [24]; ln_h_beta_l0 [24]; ln_c_gamma_l0 [6]; ln_c_beta_l0 [6]"
        },
        { new LinearConfig(7, 5), "weight [5, 7]; bias [5]" },
        { new EmbeddingConfig(7, 5), "weight [7, 5]" },
        { new LayerNormConfig(7), "weight [7]; bias [7]" },
        { new DropoutConfig(7, 0.5f), "" },
        { new Conv1dConfig(6, 4, 5) { Groups = 2 }, "weight [4, 3, 5]; bias [4]" },
        { new AdditiveAttentionConfig(3, 3, 4) { Bias = true }, "weight_query [4, 3]; weight_key [4, 3]; v [4]; bias [4]" },
        { new LuongAttentionConfig(5, 3) { Score = LuongScore.Concat, AttentionSize = 6 }, "weight_a [6, 8]; v [6]; weight_c [5, 8]" },
        { new LuongAttentionConfig(4, 5), "weight_a [4, 5]; weight_c [4, 9]" },
        { new LuongAttentionConfig(6, 6) { Score = LuongScore.Dot }, "weight_c [6, 12]" },
        { new MultiHeadAttentionConfig(6, 2), "in_proj_weight [18, 6]; in_proj_bias [18]; out_proj.weight [6, 6]; out_proj.bias [6]" },
        {
            new MultiHeadAttentionConfig(6, 3) { KeySize = 5, ValueSize = 5 },
            "q_proj_weight [6, 6]; k_proj_weight [6, 5]; v_proj_weight [6, 5]; in_proj_bias [18]; out_proj.weight [6, 6]; out_proj.bias [6]"
        },
        {
            new EncoderLayerConfig(6, 2, 10),
            "self_attn.in_proj_weight [18, 6]; self_attn.in_proj_bias [18]; self_attn.out_proj.weight [6, 6]; self_attn.out_proj.bias [6]; linear1.weight [10, 6]; "
            + "linear1.bias [10]; linear2.weight [6, 10]; linear2.bias [6]; norm1.weight [6]; norm1.bias [6]; norm2.weight [6]; norm2.bias [6]"
        },
        { new SequentialConfig(new DropoutConfig(3, 0), new LinearConfig(3, 2)), "1.weight [2, 3]; 1.bias [2]" },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Parameters_have_the_names_and_shapes_of_the_reference(LayerConfig config, string expected) =>
        Assert.Equal(expected, string.Join("; ", config.Parameters()));

    [Fact]
    public void Permute_from_foreign_order_puts_each_gate_in_its_place()
    {
        string[] result = new string[8];
        new GateOrder("iofg").Permute(["i0", "i1", "o0", "o1", "f0", "f1", "g0", "g1"], GateOrder.Lstm, result);
        Assert.Equal(["i0", "i1", "f0", "f1", "g0", "g1", "o0", "o1"], result);

        Assert.Throws<ArgumentException>(() => new GateOrder("ifgo").Permute([1, 2, 3], GateOrder.Lstm, new int[3]));
        Assert.Throws<ArgumentException>(() => new GateOrder("zrh").Permute([1, 2, 3], GateOrder.Gru, new int[3]));
        Assert.Throws<ArgumentException>(() => new GateOrder("iifo"));
    }

    [Theory]
    [InlineData("Ot", "OT")]
    [InlineData("temperatur", "temperature")]
    [InlineData("dtae", "date")]
    [InlineData("zzzz", null)]
    public void Find_gives_the_name_that_was_meant(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Find(written, ["date", "OT", "temperature", "HUFL"]));
}
