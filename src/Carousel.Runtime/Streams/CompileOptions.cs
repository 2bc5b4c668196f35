using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Streams;

/// <summary>How a model is prepared for inference.</summary>
public sealed record CompileOptions
{
    /// <summary>How weights are held while the model runs.</summary>
    /// <value>float32</value>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>
    /// Threads that share a time step, 1 … 1024; the result does not depend on it, and more than there are processors are of no use. They watch for the next step for
    /// some microseconds and sleep otherwise. A step that finds them asleep, or at work for another stream, runs on the calling thread alone, unless it is very large.
    /// </summary>
    /// <value>1</value>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// True to take inputs in the units of their columns and to scale them by the scaler of the model file before the network; for bare networks. A task that scales has a
    /// predictor which does it.
    /// </summary>
    /// <value>false</value>
    public bool ScaleInputs { get; init; }

    /// <summary>Name of the kernel set to use (see <see cref="KernelCatalog.Supported"/>), or null for the one this process uses anyway.</summary>
    /// <value>null</value>
    public string? Kernel { get; init; }

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Precision))
        {
            yield return $"precision is {(int)Precision}, expected one of {string.Join(", ", Enum.GetNames<Precision>())}";
        }

        if (Threads is < 1 or > 1024)
        {
            yield return $"threads is {Threads}, expected 1 … 1024";
        }

        if (Kernel is not null && KernelCatalog.Supported.All(set => set.Name != Kernel))
        {
            yield return $"kernel is '{Kernel}', expected one that this machine supports: {string.Join(", ", KernelCatalog.Supported.Select(set => set.Name))}";
        }
    }
}
