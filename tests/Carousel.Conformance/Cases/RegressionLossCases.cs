using Carousel.Losses;
using Carousel.Numerics;

namespace Carousel.Conformance.Cases;

/// <summary>Losses of numbers against numbers.</summary>
internal sealed class RegressionLossCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["mse", "l1", "huber", "bce_with_logits", "quantile_loss", "gaussian_nll"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        config.AllowOnly("reduction", "delta", "quantiles", "full", "eps");
        var run = new DifferentiableCase(vector, compare);
        Tensor target = Tensor.From(vector.Input("target").ToFloats(), vector.Input("target").Shape);
        Tensor x = run.Input(vector.Kind switch { "quantile_loss" => "prediction", "gaussian_nll" => "mean", _ => "input" });
        Tensor? variance = run.InputOrNull("variance");
        Tensor Loss(Reduction reduction) => vector.Kind switch
        {
            "mse" => run.Tape.SquaredError(x, target, reduction: reduction),
            "l1" => run.Tape.AbsoluteError(x, target, reduction: reduction),
            "huber" => run.Tape.Huber(x, target, (float)config.Number("delta", 1), reduction: reduction),
            "bce_with_logits" => run.Tape.BinaryCrossEntropy(x, target, reduction: reduction),
            "quantile_loss" => run.Tape.Quantile(x, target, Array.ConvertAll(config.Numbers("quantiles"), q => (float)q), reduction: reduction),
            _ => run.Tape.Gaussian(x, variance!, target, (float)config.Number("eps", 1e-6), config.Flag("full", false), reduction: reduction),
        };

        Tensor total = Loss(ReductionOf(config));
        run.Output("loss", total);
        if (compare.Expects("per_entry"))
        {
            compare.Output("per_entry", Loss(Reduction.None).Values);
        }

        run.Backward(total);
    }

    /// <summary>"mean" or "sum", whatever the case says after that about what is averaged.</summary>
    internal static Reduction ReductionOf(CaseSettings config) => config.Text("reduction", "mean").Split(' ')[0] switch
    {
        "mean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        var other => throw new InvalidDataException($"reduction '{other}'"),
    };
}
