using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>
/// RMSprop in PyTorch's form:
/// <code>
/// g ← g + λ w      s ← α s + (1 − α) g²      centred: a ← α a + (1 − α) g, r = √(s − a²), else r = √s
/// d = g / (r + ε)      with momentum: u ← μ u + d, w ← w − η u, else w ← w − η d
/// </code>
/// </summary>
public sealed class RmsProp : Optimizer
{
    private readonly RmsPropConfig _config;
    private readonly Tensor[] _meanSquare, _mean, _velocity;

    /// <inheritdoc cref="OptimizerConfig.Create"/>
    public RmsProp(IEnumerable<(string Name, Parameter Parameter)> parameters, RmsPropConfig config, Workers? workers = null, KernelSet? kernels = null)
        : base(parameters, config, workers, kernels)
    {
        _config = config;
        _meanSquare = AddSlot("mean_square");
        _mean = config.Centered ? AddSlot("mean") : [];
        _velocity = config.Momentum > 0 ? AddSlot("velocity") : [];
    }

    private protected override void Prepare()
    {
    }

    private protected override void Update(int parameter, int start, ReadOnlySpan<float> gradient)
    {
        int length = gradient.Length;
        Parameter updated = Parameters[parameter].Parameter;
        Span<float> w = updated.Tensor.Values.Slice(start, length), s = _meanSquare[parameter].Values.Slice(start, length);
        Span<float> a = _mean.Length == 0 ? [] : _mean[parameter].Values.Slice(start, length), u = _velocity.Length == 0 ? [] : _velocity[parameter].Values.Slice(start, length);
        float rate = (float)LearningRate, decay = (float)_config.DecayOf(updated), momentum = (float)_config.Momentum, epsilon = (float)_config.Epsilon;
        float past = (float)_config.Alpha, fresh = (float)(1 - _config.Alpha);
        for (int i = 0; i < w.Length; i++)
        {
            float g = (GradientScale * gradient[i]) + (decay * w[i]);
            s[i] = (past * s[i]) + (fresh * g * g);
            float square = s[i];
            if (a.Length > 0)
            {
                a[i] = (past * a[i]) + (fresh * g);

                // A variance is never negative, but its rounding may be when all gradients are alike.
                square = MathF.Max(square - (a[i] * a[i]), 0);
            }

            float step = g / (MathF.Sqrt(square) + epsilon);
            if (u.Length > 0)
            {
                u[i] = (momentum * u[i]) + step;
                step = u[i];
            }

            w[i] -= rate * step;
        }
    }
}
