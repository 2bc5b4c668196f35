using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Streams;

/// <summary>How a model is prepared for inference.</summary>
public sealed record CompileOptions
{
    /// <summary>How weights are held while the model runs.</summary>
    /// <value>float32</value>
    public Precision Precision { get; init; } = Precision.Float32;

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

        if (Kernel is not null && KernelCatalog.Supported.All(set => set.Name != Kernel))
        {
            yield return $"kernel is '{Kernel}', expected one that this machine supports: {string.Join(", ", KernelCatalog.Supported.Select(set => set.Name))}";
        }
    }
}
