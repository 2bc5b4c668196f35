using Carousel.Runtime.Kernels;

namespace Carousel.Training;

/// <summary>The kernels that a precision gets on this machine.</summary>
public static class TrainingKernels
{
    /// <summary>The kernels that updates are computed with.</summary>
    public static KernelSet Of(TrainingPrecision precision) => precision == TrainingPrecision.BFloat16 ? KernelCatalog.Selected.Mixed : KernelCatalog.Selected;

    /// <summary>What a person should know: which products bf16 gets, and why none of its own where it has none.</summary>
    /// <returns>A sentence, or nothing when there is nothing to say.</returns>
    public static IReadOnlyList<string> Notes(KernelSet kernels) => kernels switch
    {
        MixedKernels { IsFallback: true } mixed => [$"bf16: this machine multiplies in float32, operands rounded to bf16, which saves no time ({mixed.Reason})."],
        MixedKernels mixed => [$"bf16: products by {mixed.Reason}."],
        _ => [],
    };
}
