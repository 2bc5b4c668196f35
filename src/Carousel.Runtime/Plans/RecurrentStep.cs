using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>One layer of a stack of recurrent cells whose post-product looks at one unit at a time: every LSTM but the layer-normalised ones, and the usual GRU.</summary>
internal sealed unsafe class RecurrentStep : PlanStep
{
    private readonly CellKind _kind;
    private readonly int _inputs, _units, _gates, _tile, _beforeProjection;
    private readonly Panels _weights;
    private readonly AlignedBuffer? _inputBias, _recurrentBias, _peepholes;
    private readonly CellPass _pass;
    private readonly ProductStep? _projection;
    private readonly StateSlot _hidden;
    private readonly StateSlot? _cell;

    /// <summary>Packs the weights of one cell.</summary>
    /// <param name="config">The stack.</param>
    /// <param name="weights">The parameters of this cell.</param>
    /// <param name="layout">Places in a stream's memory.</param>
    /// <param name="kernels">The arithmetic.</param>
    public RecurrentStep(RecurrentConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        (_kind, _pass.First, _pass.Second) = config switch
        {
            LstmConfig or DropoutLstmConfig => (CellKind.Lstm, 0f, 0f),
            PeepholeLstmConfig => (CellKind.Peephole, 0f, 0f),
            CoupledLstmConfig => (CellKind.Coupled, 0f, 0f),
            ClippedLstmConfig clipped => (CellKind.Clipped, clipped.GateClip ?? float.PositiveInfinity, clipped.CellClip ?? float.PositiveInfinity),
            ZoneoutLstmConfig zoneout => (CellKind.Zoneout, zoneout.CellRate, zoneout.HiddenRate),
            GruConfig { ResetAfter: true } => (CellKind.Gru, 0f, 0f),
            _ => throw new InvalidOperationException($"no recurrent step for {config.GetType().Name}"),
        };
        _gates = _kind == CellKind.Gru ? 3 : 4;
        _units = config.HiddenSize;
        ReadOnlySpan<float> input = weights.Matrix(TensorNames.InputWeight);
        _inputs = input.Length / (_gates * _units);
        _weights = Panels.OfGates(weights.Format, _gates, _units, input, weights.Matrix(TensorNames.HiddenWeight));
        (_inputBias, _recurrentBias) = Biases(config, weights);
        _peepholes = _kind == CellKind.Peephole ? Grouped(3, [.. weights["weight_ci"], .. weights["weight_cf"], .. weights["weight_co"]]) : null;
        bool isProjected = config.OutputSize != _units;
        _projection = isProjected ? new ProductStep(kernels, weights.Format, config.OutputSize, weights.Matrix(TensorNames.Projection), null) : null;
        _hidden = layout.State($"{weights.Name}.hidden{weights.Suffix}", config.OutputSize);
        _cell = _kind == CellKind.Gru ? null : layout.State($"{weights.Name}.cell{weights.Suffix}", _units);
        _pass.Weights = _weights;
        _pass.InputBias = Start(_inputBias);
        _pass.RecurrentBias = Start(_recurrentBias);
        _pass.Peepholes = Start(_peepholes);
        _pass.StateStride = Panels.Padded(_units);
        int inputTile = Panels.TileLength(weights.Format, _inputs), hiddenTile = Panels.TileLength(weights.Format, OutputWidth);
        _tile = layout.Tile(hiddenTile);
        _beforeProjection = isProjected ? layout.Activation(_units) : 0;
        layout.MemberScratch(GatesLength, inputTile, _projection?.TileLength ?? 0);
        layout.Shared(inputTile, hiddenTile);
    }

    public override long WeightBytes => _weights.Bytes + (_projection?.WeightBytes ?? 0);

    public override int OutputWidth => _hidden.Width;

    public override bool HasState => true;

    public override bool IsShared => true;

    public override bool IsKeeper => true;

    // One row's hidden state is packed when it is complete, several rows' only when they are needed: which of them take part may change from step to step.
    public override void Keep(Frame frame)
    {
        if (frame.Count == 1)
        {
            Rows hidden = frame.Of(_hidden);
            Kernels.Steps.PackRows(_weights.Format, hidden.Start, hidden.Stride, 1, OutputWidth, frame.Tiles + _tile);
        }
    }

    public override void Begin(Frame frame)
    {
        if (MayBegin(frame))
        {
            CellPass pass = Pass(ref frame);
            pass.Part = CellPart.Ahead;
            Kernels.Steps.Step(_kind, pass);
        }
    }

    public override Rows Run(Frame frame, Rows input)
    {
        CellPass pass = Pass(ref frame);
        if (frame.Count == 1)
        {
            pass.Part = MayBegin(frame) ? CellPart.Rest : CellPart.Whole;
            pass.InputTiles = Tile(ref frame, input);
        }
        else
        {
            PackRows(ref frame, input, ref pass);
        }

        Kernels.Steps.Step(_kind, pass);
        Project(frame);
        Rows hidden = frame.Of(_hidden);
        return frame.Count == 1 ? new Rows(hidden.Start, hidden.Stride, frame.Tiles + _tile) : hidden;
    }

    // Where rows are rounded, U·h₋ is summed first, which leaves nothing to take ahead.
    public override int ChunkLength => _weights.Format.RoundsRows() ? 0 : Panels.Padded(_inputs) + (_gates * Panels.Padded(_units));

    // W·x of all time steps at once, because the weights are then read once; U·h₋ step by step.
    public override void RunChunk(Frame frame, Rows input, Rows output, int steps, float* scratch)
    {
        if (ChunkLength == 0)
        {
            base.RunChunk(frame, input, output, steps, scratch);
            return;
        }

        int columns = _gates * Panels.Lane, width = columns * _weights.Count;
        float* product = scratch + ((nint)steps * Panels.Padded(_inputs));
        Kernels.Steps.PackRows(_weights.Format, input.Start, input.Stride, steps, _inputs, scratch);
        for (int panel = 0; panel < _weights.Count; panel++)
        {
            int column = panel * columns;
            Kernels.Steps.Multiply(_weights.Input(panel), scratch, steps, _inputBias is null ? null : _inputBias.Start + column, product + column, width);
        }

        for (int step = 0; step < steps; step++)
        {
            Frame own = frame;
            CellPass pass = Pass(ref own);
            pass.InputProduct = product + ((nint)step * width);
            Kernels.Steps.Step(_kind, pass);
            Project(own);
            Keep(frame);
            frame.Of(_hidden).Row(0, OutputWidth).CopyTo(output.Row(step, OutputWidth));
        }
    }

    private void Project(Frame frame)
    {
        if (_projection is not null)
        {
            Rows hidden = frame.Of(_hidden);
            frame.Member.Meet();
            _projection.Run(frame, frame.Activation(_beforeProjection, _units), hidden);
            _projection.Flush(frame, hidden);
        }
    }

    private int GatesLength => CellPass.MostAhead * 2 * _gates * Panels.Lane;

    // Alone there is nothing to wait for.
    private static bool MayBegin(in Frame frame) => frame.Count == 1 && frame.Member.Count > 1;

    // Each panel's units are one member's alone, so any number of threads gives the same bits.
    private CellPass Pass(ref Frame frame)
    {
        Rows hidden = frame.Of(_hidden);
        (int first, int end) = frame.Member.Share(_weights.Count);
        CellPass pass = _pass;
        pass.FirstPanel = first;
        pass.EndPanel = end;
        pass.Rows = frame.Count;
        pass.HiddenTiles = frame.Tiles + _tile;
        pass.Gates = frame.Take(GatesLength).Start;
        pass.Cell = _cell is null ? null : frame.Of(_cell).Start;
        pass.Previous = hidden.Start;
        pass.Output = _projection is null ? hidden.Start : frame.Activation(_beforeProjection, _units).Start;
        return pass;
    }

    private float* Tile(ref Frame frame, Rows input)
    {
        if (input.Tile != null || !_weights.Format.RoundsRows())
        {
            return input.Tile != null ? input.Tile : input.Start;
        }

        float* tile = frame.Take(Panels.TileLength(_weights.Format, _inputs)).Start;
        Kernels.Steps.PackRows(_weights.Format, input.Start, input.Stride, 1, _inputs, tile);
        return tile;
    }

    // The leader packs the input and whoever is last the hidden state.
    private void PackRows(ref Frame frame, Rows input, ref CellPass pass)
    {
        Rows hidden = frame.Of(_hidden);
        pass.InputTiles = frame.TakeShared(Panels.TileLength(_weights.Format, _inputs)).Start;
        pass.HiddenTiles = frame.TakeShared(Panels.TileLength(_weights.Format, OutputWidth)).Start;
        if (frame.Member.IsLeader)
        {
            Kernels.Steps.PackRows(_weights.Format, input.Start, input.Stride, frame.Count, _inputs, pass.InputTiles);
        }

        if (frame.Member.IsLast)
        {
            Kernels.Steps.PackRows(_weights.Format, hidden.Start, hidden.Stride, frame.Count, OutputWidth, pass.HiddenTiles);
        }

        frame.Member.Meet();
    }

    private static float* Start(AlignedBuffer? buffer) => buffer is null ? null : buffer.Start;

    // PyTorch's two biases are added for the LSTM, as in training, and kept apart for the GRU, whose reset gate stands between them.
    private (AlignedBuffer? Input, AlignedBuffer? Recurrent) Biases(RecurrentConfig config, PlanWeights weights)
    {
        if (!config.Bias)
        {
            return (null, null);
        }

        if (config is not (LstmConfig or GruConfig))
        {
            return (Grouped(_gates, weights[TensorNames.Bias]), null);
        }

        float[] input = weights[TensorNames.InputBias], hidden = weights[TensorNames.HiddenBias];
        if (config is GruConfig)
        {
            return (Grouped(_gates, input), Grouped(_gates, hidden));
        }

        for (int at = 0; at < input.Length; at++)
        {
            input[at] += hidden[at];
        }

        return (Grouped(_gates, input), null);
    }

    // [gates · H] → [panels, gates · 16]
    private AlignedBuffer Grouped(int gates, float[] values)
    {
        float[] grouped = new float[gates * Panels.Padded(_units)];
        for (int at = 0; at < values.Length; at++)
        {
            int gate = at / _units, unit = at % _units;
            grouped[(((unit / Panels.Lane * gates) + gate) * Panels.Lane) + (unit % Panels.Lane)] = values[at];
        }

        return ProductStep.Aligned(grouped);
    }
}
