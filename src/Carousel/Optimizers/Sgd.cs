using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>
/// Stochastic gradient descent in PyTorch's form:
/// <code>
/// g ← g + λ w      v ← μ v + (1 − dampening) g, at the first step v ← g      w ← w − η d,  d = g + μ v (Nesterov) or v
/// </code>
/// </summary>
public sealed class Sgd : Optimizer
{
    private readonly SgdConfig _config;
    private readonly Tensor[] _velocity;

    /// <inheritdoc cref="OptimizerConfig.Create"/>
    public Sgd(IEnumerable<(string Name, Parameter Parameter)> parameters, SgdConfig config, Workers? workers = null, KernelSet? kernels = null)
        : base(parameters, config, workers, kernels)
    {
        _config = config;
        _velocity = config.Momentum > 0 ? AddSlot("velocity") : [];
    }

    private protected override void Prepare()
    {
    }

    private protected override bool SkipsZeros(int parameter) => _velocity.Length == 0 && _config.DecayOf(Parameters[parameter].Parameter) == 0;

    private protected override void Update(int parameter, int start, ReadOnlySpan<float> gradient)
    {
        int length = gradient.Length;
        Parameter updated = Parameters[parameter].Parameter;
        Span<float> w = updated.Tensor.Values.Slice(start, length), v = _velocity.Length == 0 ? [] : _velocity[parameter].Values.Slice(start, length);
        float rate = (float)LearningRate, decay = (float)_config.DecayOf(updated), momentum = (float)_config.Momentum;
        if (v.Length == 0 && decay == 0)
        {
            TensorPrimitives.MultiplyAdd(gradient, -rate * GradientScale, w, w);
            return;
        }

        float fresh = StepCount == 1 ? 1 : (float)(1 - _config.Dampening);
        for (int i = 0; i < w.Length; i++)
        {
            float g = (GradientScale * gradient[i]) + (decay * w[i]);
            if (v.Length > 0)
            {
                v[i] = (momentum * v[i]) + (fresh * g);
                g = _config.Nesterov ? g + (momentum * v[i]) : v[i];
            }

            w[i] -= rate * g;
        }
    }
}
