using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Conformance.Cases;

/// <summary>Layer normalisation over the last axis or the last two, with or without γ and β.</summary>
internal sealed class LayerNormCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["layer_norm"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        var run = new DifferentiableCase(vector, compare);
        Tensor x = run.Input("x");
        int width = vector.Config.Integers("normalized_shape").Aggregate(1, (product, size) => product * size);
        run.Output("output", run.Tape.LayerNorm(x.Reshape(x.Length / width, width), run.ParameterOrNull("weight"), run.ParameterOrNull("bias"), (float)vector.Config.Number("eps")));
        run.Backward();
    }
}
