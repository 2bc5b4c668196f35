using Carousel.Cells;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>The LSTM's relatives as single cells over a sequence; dropout and zoneout masks are given.</summary>
internal sealed class LstmVariantCases : ICaseRunner
{
    private static readonly Dictionary<string, string[]> MasksByKind = new()
    {
        ["recurrent_dropout_lstm"] = ["mask_g", "mask_x", "mask_h", "mask_u"],
        ["zoneout_lstm"] = ["mask_c", "mask_h"],
    };

    public IReadOnlyCollection<string> Kinds =>
    [
        "peephole_lstm", "cifg_lstm", "onnx_clip_lstm", "cell_clip_lstm", "layernorm_lstm", "recurrent_dropout_lstm", "zoneout_lstm",
    ];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        int inputs = config.Integer("input_size"), units = config.Integer("hidden_size");
        var random = new RandomSource(0);
        switch (vector.Kind)
        {
            case "peephole_lstm":
                Run(vector, compare, new PeepholeLstm(new PeepholeLstmConfig(inputs, units) { ProjectionSize = config.Integer("proj_size", 0) }, random));
                break;
            case "cifg_lstm":
                Assert.Equal(1, config.Integer("input_forget"));
                Run(vector, compare, new CoupledLstm(new CoupledLstmConfig(inputs, units), random));
                break;
            case "onnx_clip_lstm":
                Run(vector, compare, new ClippedLstm(new ClippedLstmConfig(inputs, units) { GateClip = (float)config.Number("clip") }, random));
                break;
            case "cell_clip_lstm":
                Run(vector, compare, new ClippedLstm(new ClippedLstmConfig(inputs, units) { CellClip = (float)config.Number("cell_clip") }, random));
                break;
            case "layernorm_lstm":
                Run(vector, compare, new LayerNormLstm(LayerNorm(config, inputs, units), random));
                break;
            case "recurrent_dropout_lstm":
                Run(vector, compare, new DropoutLstm(Dropout(config, inputs, units), random));
                break;
            default:
                Run(vector, compare, new ZoneoutLstm(Zoneout(config, inputs, units), random));
                if (config.Text("mode") == "eval")
                {
                    // The masks of this mode are the rates themselves, which is what evaluation uses without any mask.
                    Run(vector, compare, new ZoneoutLstm(Zoneout(config, inputs, units), random), withMasks: false);
                }

                break;
        }
    }

    private static void Run<TConfig>(ConformanceCase vector, Comparison compare, RecurrentLayer<TConfig, LstmState> layer, bool withMasks = true)
        where TConfig : RecurrentConfig
    {
        var run = new DifferentiableCase(vector, compare);
        run.Load(layer.Parameters(), name => name.Replace("_l0", "", StringComparison.Ordinal));
        Tensor x = run.Input("x");
        LstmState? state = run.InputOrNull("h0") is { } h0 ? new LstmState(AsLayer(h0), AsLayer(run.Input("c0"))) : null;
        Dictionary<string, Tensor> masks = [];
        foreach (string name in withMasks ? MasksByKind.GetValueOrDefault(vector.Kind, []) : [])
        {
            if (vector.InputOrNull(name) is { } mask)
            {
                masks.Add($"{name}_l0", Tensor.From(mask.ToFloats(), mask.Shape));
            }
        }

        (Tensor output, LstmState final) = layer.Forward(run.Tape, x, state, masks: masks);
        run.Output("output", output);
        run.Output("h_n", final.Hidden);
        run.Output("c_n", final.Cell);
        run.Backward();
    }

    private static LayerNormLstmConfig LayerNorm(CaseSettings config, int inputs, int units) => new(inputs, units)
    {
        Variant = config.Text("variant") switch
        {
            "preactivation" => LayerNormPlacement.PreActivation,
            "ba2016" => LayerNormPlacement.Ba2016,
            var other => throw new InvalidDataException($"variant '{other}'"),
        },
        NormGroup = config.Text("norm_group") switch
        {
            "per_gate" => LayerNormGroup.PerGate,
            "joint_4H" => LayerNormGroup.Joint,
            var other => throw new InvalidDataException($"norm_group '{other}'"),
        },
        Epsilon = (float)config.Number("eps"),
    };

    private static DropoutLstmConfig Dropout(CaseSettings config, int inputs, int units) => new(inputs, units)
    {
        Kind = config.Text("variant") switch
        {
            "candidate" => RecurrentDropout.Candidate,
            "variational" => RecurrentDropout.Variational,
            "weight_drop" => RecurrentDropout.WeightDrop,
            var other => throw new InvalidDataException($"variant '{other}'"),
        },
        Rate = (float)config.Number("dropout_p"),
        PerStep = config.Flag("mask_per_step", true),
    };

    private static ZoneoutLstmConfig Zoneout(CaseSettings config, int inputs, int units) =>
        new(inputs, units) { CellRate = (float)config.Number("zoneout_c"), HiddenRate = (float)config.Number("zoneout_h") };

    private static Tensor AsLayer(Tensor state) => state.Reshape(1, state.Shape[0], state.Shape[1]);
}
