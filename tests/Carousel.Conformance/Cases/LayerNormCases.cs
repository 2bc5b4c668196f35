using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>Layer normalisation over the last axis, as the layer, or over the last two, as the operation on flattened rows.</summary>
internal sealed class LayerNormCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["layer_norm"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        var run = new DifferentiableCase(vector, compare);
        Tensor x = run.Input("x");
        int[] shape = config.Integers("normalized_shape");
        float epsilon = (float)config.Number("eps");
        if (shape is [int features])
        {
            var layer = new LayerNorm(new LayerNormConfig(features) { Epsilon = epsilon, Affine = config.Flag("affine") });
            run.Load(layer.Parameters());
            run.Output("output", layer.Forward(run.Tape, x));
        }
        else
        {
            int width = shape.Aggregate(1, (product, size) => product * size);
            run.Output("output", run.Tape.LayerNorm(x.Reshape(x.Length / width, width), run.ParameterOrNull("weight"), run.ParameterOrNull("bias"), epsilon));
        }

        run.Backward();
    }
}
