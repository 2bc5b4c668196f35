using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>
/// Adam, AMSGrad and AdamW in PyTorch's form, step t:
/// <code>
/// Adam: g ← g + λ w        AdamW: w ← (1 − ηλ) w
/// m ← β₁ m + (1 − β₁) g    v ← β₂ v + (1 − β₂) g²    AMSGrad: u ← max(u, v), else u = v
/// w ← w − η/(1 − β₁ᵗ) · m / (√u/√(1 − β₂ᵗ) + ε)
/// </code>
/// </summary>
public sealed class Adam : Optimizer
{
    private readonly AdamConfig _config;
    private readonly Tensor[] _mean, _variance, _largest;
    private readonly bool _isDecoupled;
    private AdamStep _step;

    /// <inheritdoc cref="OptimizerConfig.Create"/>
    public Adam(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamConfig config, Workers? workers = null, KernelSet? kernels = null)
        : base(parameters, config, workers, kernels)
    {
        _config = config;
        _isDecoupled = config is AdamWConfig;
        _mean = AddSlot("mean");
        _variance = AddSlot("variance");
        _largest = config.AmsGrad ? AddSlot("largest_variance") : [];
    }

    private protected override void Prepare()
    {
        // The corrections must belong to the β that is used: 1 − β₂ is so small that the rounding of β₂ to float32 shows in it.
        float beta1 = (float)_config.Beta1, beta2 = (float)_config.Beta2;
        double meanCorrection = 1 - Math.Pow(beta1, StepCount), varianceCorrection = 1 - Math.Pow(beta2, StepCount);
        _step = new AdamStep((float)(LearningRate / meanCorrection), beta1, beta2, (float)(1 / Math.Sqrt(varianceCorrection)), (float)_config.Epsilon, Decay: 0, GradientScale);
    }

    private protected override void Update(int parameter, int start, ReadOnlySpan<float> g)
    {
        int length = g.Length;
        Parameter updated = Parameters[parameter].Parameter;
        double decay = _config.DecayOf(updated);
        Span<float> w = updated.Tensor.Values.Slice(start, length), m = _mean[parameter].Values.Slice(start, length), v = _variance[parameter].Values.Slice(start, length);
        AdamStep step = _step with { Decay = _isDecoupled ? (float)(LearningRate * decay) : 0 };
        if (_largest.Length == 0 && (_isDecoupled || decay == 0))
        {
            Kernels.AdamStep(w, g, m, v, step);
        }
        else
        {
            UpdateElements(w, g, m, v, _largest.Length == 0 ? v : _largest[parameter].Values.Slice(start, length), step, _isDecoupled ? 0 : (float)decay);
        }
    }

    // The rarer forms, which the kernel does not know.
    private static void UpdateElements(Span<float> w, ReadOnlySpan<float> gradient, Span<float> m, Span<float> v, Span<float> largest, in AdamStep step, float penalty)
    {
        for (int i = 0; i < w.Length; i++)
        {
            float g = (step.GradientScale * gradient[i]) + (penalty * w[i]);
            m[i] = MathF.FusedMultiplyAdd(step.Beta1, m[i], (1 - step.Beta1) * g);
            v[i] = MathF.FusedMultiplyAdd(step.Beta2, v[i], (1 - step.Beta2) * g * g);
            largest[i] = MathF.Max(largest[i], v[i]);
            float root = MathF.FusedMultiplyAdd(MathF.Sqrt(largest[i]), step.InverseRootCorrection, step.Epsilon);
            w[i] = ((1 - step.Decay) * w[i]) - (step.Rate * m[i] / root);
        }
    }
}
