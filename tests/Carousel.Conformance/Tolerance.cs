namespace Carousel.Conformance;

/// <summary>
/// How far a result may be off: |actual − expected| ≤ Absolute + Relative·|expected| forward,
/// |actual − expected| ≤ Gradient·max(1, largest |expected| of the tensor) backward. The figures are those of the vectors' README.
/// </summary>
internal readonly record struct Tolerance(double Absolute, double Relative, double Gradient)
{
    public static Tolerance For(ConformanceCase vector) => vector switch
    {
        { Topic: "losses" } => new(1e-5, 1e-5, 1e-5),
        { Topic: "optim" } => new(1e-5, 1e-5, 0),
        { Topic: "metrics" } => new(1e-9, 1e-9, 0),
        { Topic: "audio" } => new(1e-3, 1e-4, 0),
        { Topic: "quantization" } => new(1e-6, 1e-6, 0),
        _ when vector.File.Contains("large_gates", StringComparison.Ordinal) => new(2e-4, 1e-4, 2e-4),
        { Kind: "layernorm_lstm" } => new(5e-6, 1e-5, 2e-5),
        { Kind: "slstm" or "mlstm" } => new(1e-5, 1e-5, 2e-5),
        _ => new(2e-6, 1e-5, 1e-5),
    };
}
