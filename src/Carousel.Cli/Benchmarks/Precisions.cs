using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Cli.Benchmarks;

/// <summary>The precisions in which the runtime can run a model, by name.</summary>
internal static class Precisions
{
    /// <summary>The precision of every model unless told otherwise.</summary>
    public const string Float32 = "float32";

    /// <summary>All of them: the members of <see cref="Precision"/> in lower case.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<Precision>().Select(static name => name.ToLowerInvariant())];

    /// <summary>Options that compile a model for a precision and a number of threads.</summary>
    public static CompileOptions Options(string precision, int threads) => new() { Precision = Enum.Parse<Precision>(precision, ignoreCase: true), Threads = threads };

    /// <summary>Bits of one weight.</summary>
    /// <param name="precision">The runtime's or a rival's: float32, bfloat16, int8 or int4.</param>
    public static int Bits(string precision) => precision switch
    {
        Float32 => 32,
        "bfloat16" => 16,
        "int8" => 8,
        "int4" => 4,
        _ => throw new ArgumentException($"precision is '{precision}', expected float32, bfloat16, int8 or int4", nameof(precision)),
    };

    /// <summary>True when a rival's figures belong beside ours: it holds the weights at least as precisely.</summary>
    public static bool IsComparable(string ours, string rivals) => Bits(rivals) >= Bits(ours);

    /// <summary>Bytes of weights that one time step must read: the matrices in this precision, everything else as float32.</summary>
    /// <param name="weights">What a step reads.</param>
    /// <param name="precision">As of <see cref="Bits"/>.</param>
    public static long WeightBytes(IEnumerable<ParameterSpec> weights, string precision) =>
        weights.Sum(parameter => parameter.Shape.Count == 2 ? ((parameter.Count * Bits(precision)) + 7) / 8 : parameter.Count * sizeof(float));
}
