using Carousel.Runtime.Models;

namespace Carousel.Cli.Benchmarks;

/// <summary>One piece of work that engines are timed at.</summary>
/// <param name="Preset">Name of the model.</param>
/// <param name="File">The model.</param>
/// <param name="Shape">Its sizes, from which a rival makes the same model; null for a model file, which only Carousel can run.</param>
/// <param name="Mode">What one call is.</param>
/// <param name="Precision">Precision of the weights.</param>
/// <param name="Threads">Threads that share one call.</param>
/// <param name="Batch">Sequences that are run together.</param>
/// <param name="Steps">Time steps of one call: 1, those of a window, or those of a sequence.</param>
internal sealed record BenchmarkCell(string Preset, ModelFile File, BenchmarkModel? Shape, CallMode Mode, string Precision, int Threads, int Batch, int Steps)
{
    /// <summary>The mode as the JSON of the command line spells it.</summary>
    public string ModeName => Mode.ToString().ToLowerInvariant();

    /// <summary>Time steps that a call takes while the clock runs.</summary>
    public int TimedSteps => Mode == CallMode.Sliding ? 1 : Steps;

    /// <summary>Multiplications and additions of one call, those with weights.</summary>
    public double Operations => 2.0 * Batch * TimedSteps * Weights.Where(static weight => weight.Shape.Count == 2).Sum(static weight => weight.Count);

    // Of a table of embeddings a step reads one row.
    private IEnumerable<ParameterSpec> Weights => File.Config is NetworkConfig { Network: SequentialConfig { Layers: [EmbeddingConfig, ..] } }
        ? File.Config.Parameters().Skip(1)
        : File.Config.Parameters();

    /// <summary>Bytes of weights that one time step must read. When a call knows all its time steps, only recurrent weights are needed at each; the others once per call, spread over its steps.</summary>
    /// <param name="precision">Precision in which an engine holds them.</param>
    public long WeightBytes(string precision)
    {
        ILookup<bool, ParameterSpec> parts = Weights.ToLookup(IsRecurrent);
        return Precisions.WeightBytes(parts[true], precision) + (Precisions.WeightBytes(parts[false], precision) / TimedSteps);
    }

    // By the names of PyTorch, which all recurrent weights bear.
    private static bool IsRecurrent(ParameterSpec weight) => weight.Name.Contains("_hh_", StringComparison.Ordinal) || weight.Name.Contains("_hr_", StringComparison.Ordinal);
}
