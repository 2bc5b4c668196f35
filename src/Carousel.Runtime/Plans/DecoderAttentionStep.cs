using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>
/// a = tanh(W_c·[c; h]): each hypothesis looks at its sentence with its output h for a context c. The attentional vector a is remembered where it is fed to the next step.
/// The weights of row i are left in row i of <see cref="PlanMemory.Looked"/>.
/// </summary>
internal sealed unsafe class DecoderAttentionStep : PlanStep
{
    private readonly ProductStep _output;
    private readonly ProductStep? _query;
    private readonly float[] _v = [];
    private readonly int _keys, _queries, _activation;

    /// <summary>Packs the weights.</summary>
    /// <param name="config">Sizes and score.</param>
    /// <param name="weights">The parameters of the attention.</param>
    /// <param name="layout">Places in a stream's memory.</param>
    /// <param name="kernels">The arithmetic.</param>
    public DecoderAttentionStep(Seq2SeqConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        (_keys, _queries) = (config.Encoder.OutputFeatures, config.HiddenSize);
        _output = new ProductStep(kernels, weights.Format, config.Attentional, weights.Matrix("weight_c"), null);
        if (config.Attention == AttentionKind.Bahdanau)
        {
            _v = weights["v"];
            _query = new ProductStep(kernels, weights.Format, _v.Length, weights.Matrix("weight_query"), null);
        }

        Fed = config.InputFeeding ? layout.State($"{weights.Name}.attentional", config.Attentional) : null;
        _activation = config.InputFeeding ? 0 : layout.Activation(config.Attentional);
        layout.Shared(_keys + _queries, _v.Length);
        layout.MemberScratch(Math.Max(_output.TileLength, _query?.TileLength ?? 0), _v.Length);
    }

    /// <summary>Where the attentional vector is remembered; null when it is not.</summary>
    public StateSlot? Fed { get; }

    public override int OutputWidth => _output.Outputs;

    public override long WeightBytes => _output.WeightBytes + (_query?.WeightBytes ?? 0);

    public override bool HasState => Fed is not null;

    public override bool IsShared => true;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows joint = frame.TakeShared(_keys + _queries), looked = frame.Memory.Looked!.Rows, asked = input;
        if (_query is not null)
        {
            asked = frame.TakeShared(_v.Length);
            _query.Run(frame, input, asked);
            frame.Member.Meet();
        }

        Span<float> inner = frame.Take(_v.Length).Row(0, _v.Length);
        (int first, int end) = frame.Member.Share(frame.Count);
        for (int row = first; row < end; row++)
        {
            Attend(frame.Memory.Sources[row]!, asked.From(row), looked.From(row), joint.From(row), inner);
            input.Row(row, _queries).CopyTo(joint.FromColumn(_keys).Row(row, _queries));
        }

        frame.Member.Meet();
        Rows output = Fed is null ? frame.Activation(_activation, OutputWidth) : frame.Of(Fed);
        _output.Run(frame, joint, output);
        (int column, int width) = _output.Columns(frame);
        for (int row = 0; row < frame.Count; row++)
        {
            Span<float> values = output.FromColumn(column).Row(row, width);
            Kernels.Tanh(values, values);
        }

        _output.Flush(frame, output);
        return output;
    }

    // Scores, their soft-max, the context.
    private void Attend(DecoderSource source, Rows asked, Rows weights, Rows context, Span<float> inner)
    {
        Span<float> scores = weights.Row(0, source.Steps);
        if (source.Scores is not null)
        {
            Multiply(source.Scores, asked.Start, weights.Start);
        }
        else
        {
            for (int step = 0; step < source.Steps; step++)
            {
                RowArithmetic.Add(asked.Row(0, inner.Length), source.Compared!.Rows.Row(step, inner.Length), inner);
                Kernels.Tanh(inner, inner);
                scores[step] = Kernels.Dot(inner, _v);
            }
        }

        Kernels.Softmax(scores, scores);
        Multiply(source.Contexts, weights.Start, context.Start);
        GC.KeepAlive(source);
    }

    private void Multiply(Panels panels, float* row, float* to)
    {
        for (int panel = 0; panel < panels.Count; panel++)
        {
            Kernels.Steps.Multiply(panels.Input(panel), row, 1, null, to + (panel * Panels.MostLanes * Panels.Lane), 0);
        }
    }
}
