using Carousel.Cli.Output;
using Carousel.Runtime.Streams;

namespace Carousel.Cli.Tasks;

/// <summary>What <c>evaluate</c> was asked for.</summary>
/// <param name="Model">The model file.</param>
/// <param name="DataPath">File or folder with the data; null when none was given.</param>
/// <param name="Part">train, valid or test.</param>
/// <param name="Threads">Threads to use.</param>
/// <param name="Precision">The precision in which the runtime is to run the model; null to run it as training does.</param>
internal sealed record EvaluationOrder(string Model, string? DataPath, string Part, int Threads, Precision? Precision)
{
    /// <summary>How a transcriber is to search; without meaning for other tasks.</summary>
    public CtcSearchOrder Search { get; init; } = new(null, null, null, null);

    /// <summary>File or folder with the data.</summary>
    /// <exception cref="UsageException">None was given.</exception>
    public string Data => DataPath ?? throw TrainingOrder.NoData("evaluate");

    /// <summary>The part that was asked for.</summary>
    public T Choose<T>(T train, T valid, T test) => Part switch { "train" => train, "valid" => valid, _ => test };

    /// <summary>How to compile the model for a precision.</summary>
    public CompileOptions Options(Precision precision) => new() { Precision = precision, Threads = Threads };
}
