using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>One layer of a stack of recurrent cells whose post-product looks at one unit at a time: every LSTM but the layer-normalised ones, and the usual GRU.</summary>
internal sealed unsafe class RecurrentStep : PlanStep
{
    private readonly CellKind _kind;
    private readonly int _inputs, _units, _gates;
    private readonly Panels _weights;
    private readonly AlignedBuffer? _inputBias, _recurrentBias, _peepholes;
    private readonly float _first, _second;
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
        (_kind, _first, _second) = config switch
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
        layout.Scratch(
            Panels.TileLength(weights.Format, _inputs), Panels.TileLength(weights.Format, OutputWidth), layout.Threads * 2 * _gates * Panels.Lane, isProjected ? _units : 0, _projection?.TileLength ?? 0);
    }

    public override long WeightBytes => _weights.Bytes + (_projection?.WeightBytes ?? 0);

    public override int OutputWidth => _hidden.Width;

    public override bool HasState => true;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows hidden = frame.Of(_hidden), cell = _cell is null ? default : frame.Of(_cell);
        StepKernels kernels = Kernels.Steps;
        float* inputTiles = input.Start, hiddenTiles = frame.Take(Panels.TileLength(_weights.Format, OutputWidth)).Start;
        if (frame.Count > 1 || _weights.Format.RoundsRows())
        {
            inputTiles = frame.Take(Panels.TileLength(_weights.Format, _inputs)).Start;
            kernels.PackRows(_weights.Format, input.Start, input.Stride, frame.Count, _inputs, inputTiles);
        }

        kernels.PackRows(_weights.Format, hidden.Start, hidden.Stride, frame.Count, OutputWidth, hiddenTiles);
        var pass = new CellPass
        {
            Weights = _weights,
            EndPanel = _weights.Count,
            InputBias = Start(_inputBias),
            RecurrentBias = Start(_recurrentBias),
            Peepholes = Start(_peepholes),
            First = _first,
            Second = _second,
            Rows = frame.Count,
            InputTiles = inputTiles,
            HiddenTiles = hiddenTiles,
            Gates = frame.Take((frame.Team?.Threads ?? 1) * 2 * _gates * Panels.Lane).Start,
            Cell = cell.Start,
            Previous = hidden.Start,
            Output = hidden.Start,
            StateStride = Panels.Padded(_units),
        };
        if (_projection is null)
        {
            Step(frame, pass);
            return hidden;
        }

        Rows units = frame.Take(_units);
        pass.Output = units.Start;
        Step(frame, pass);
        _projection.Run(frame, units, hidden);
        kernels.Flush(hidden.Start, hidden.Start, (int)hidden.Stride * frame.Count);
        return hidden;
    }

    // Each panel's units are one thread's alone, so any number of threads gives the same bits.
    private void Step(Frame frame, in CellPass pass)
    {
        if (frame.Team is null || _weights.Bytes * frame.Count < PlanTeam.WorthSharing || !frame.Team.TryRun(Kernels.Steps, _kind, pass, 2 * _gates * Panels.Lane * frame.Count))
        {
            Kernels.Steps.Step(_kind, pass);
        }
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

        RowArithmetic.Add(input, hidden, input);
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
