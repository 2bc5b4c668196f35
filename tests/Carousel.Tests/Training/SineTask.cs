using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tests.Training;

/// <summary>A small real task: an LSTM that forecasts the next value of two mixed sine waves, from shuffled windows or from consecutive chunks.</summary>
internal sealed class SineTask : TrainingTask
{
    private const int Steps = 12;
    private const int Chunks = 20;
    private readonly Lstm _lstm;
    private readonly Linear _head;
    private readonly bool _carries;

    public SineTask(ulong seed = 3, bool carriesState = false, float dropout = 0.2f)
    {
        var random = new RandomSource(seed);
        _carries = carriesState;
        _lstm = new Lstm(new LstmConfig(1, 6) { Layers = 2, Dropout = dropout }, random);
        _head = new Linear(new LinearConfig(6, 1), random);
        Parameters = [.. Named("lstm", _lstm), .. Named("head", _head)];
    }

    /// <summary>Called with every batch before it is used; may change the inputs [T, B, 1].</summary>
    public Action<int, Tensor>? Poison { get; set; }

    public int Batches { get; private set; }

    public List<int> Seen { get; } = [];

    public double? FixedScore { get; set; }

    public override string Name => "sine";

    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    public override int Examples => Chunks;

    public override bool CarriesState => _carries;

    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        Seen.AddRange(examples);
        (Tensor x, Tensor y) = Batch(tape, examples);
        Poison?.Invoke(Batches++, x);
        (Tensor output, LstmState next) = _lstm.Forward(tape, x, (LstmState?)state);
        Tensor forecast;
        using (tape.Enter("head"))
        {
            forecast = _head.Forward(tape, output);
        }

        return (tape.SquaredError(forecast, y), next);
    }

    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        tape.Reset();
        (Tensor x, Tensor y) = Batch(tape, [100, 101, 102]);
        (Tensor output, _) = _lstm.Forward(tape, x);
        double mse = tape.SquaredError(_head.Forward(tape, output), y).Values[0];
        return new Evaluation(FixedScore ?? mse, 3, new Dictionary<string, double> { ["mse"] = mse });
    }

    public override void SaveModel(string path) => File.WriteAllText(path, string.Join('\n', Parameters.Select(entry => $"{entry.Name} {Bits(entry.Parameter)}")));

    public override LayerState RestoreState(IReadOnlyDictionary<string, Tensor> tensors) => new LstmState(tensors["hidden"], tensors["cell"]);

    public string Weights() => string.Join('\n', Parameters.Select(entry => Bits(entry.Parameter)));

    private static string Bits(Parameter parameter) => Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(parameter.Tensor.Values));

    private static IEnumerable<(string, Parameter)> Named(string prefix, Layer layer) => layer.Parameters().Select(entry => ($"{prefix}.{entry.Name}", entry.Parameter));

    private static (Tensor X, Tensor Y) Batch(Tape tape, ReadOnlySpan<int> examples)
    {
        Tensor x = tape.Empty(Steps, examples.Length, 1), y = tape.Empty(Steps, examples.Length, 1);
        for (int t = 0; t < Steps; t++)
        {
            for (int i = 0; i < examples.Length; i++)
            {
                x.Values[(t * examples.Length) + i] = Wave((examples[i] * Steps) + t);
                y.Values[(t * examples.Length) + i] = Wave((examples[i] * Steps) + t + 1);
            }
        }

        return (x, y);
    }

    private static float Wave(int at) => (float)(Math.Sin(at * 0.3) + (0.5 * Math.Sin(at * 0.71)));
}
