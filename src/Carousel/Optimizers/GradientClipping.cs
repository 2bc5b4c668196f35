using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>Keeps exploding gradients in bounds (Pascanu et al. 2013), between the backward pass and the optimiser's step.</summary>
public static class GradientClipping
{
    /// <summary>Multiplies all gradients by min(1, max / (norm + 1e-6)), the norm being that of all of them together.</summary>
    /// <param name="tensors">Whose gradients; those without one count as zero.</param>
    /// <param name="largestNorm">max, above 0; +∞ only measures.</param>
    /// <param name="norm">How the size is measured.</param>
    /// <param name="kernels">Kernel set; null takes the one this machine gets.</param>
    /// <returns>The norm before clipping. When it is not finite the gradients are left as they are, for the caller to look at.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="largestNorm"/> is not above 0.</exception>
    public static double ByNorm(IEnumerable<Tensor> tensors, double largestNorm, GradientNorm norm = GradientNorm.Euclidean, KernelSet? kernels = null)
    {
        if (!(largestNorm > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(largestNorm), largestNorm, "gradients are clipped to a norm above 0");
        }

        kernels ??= KernelCatalog.Selected;
        Tensor[] clipped = [.. tensors.Where(tensor => tensor.HasGradient)];
        double total = Norm(clipped, norm, kernels);
        double factor = largestNorm / (total + 1e-6);
        if (double.IsFinite(total) && factor < 1)
        {
            foreach (Tensor tensor in clipped)
            {
                for (int part = 0; part < tensor.GradientParts; part++)
                {
                    Span<float> gradient = tensor.GradientPart(part, out _);
                    TensorPrimitives.Multiply(gradient, (float)factor, gradient);
                }
            }
        }

        return total;
    }

    /// <summary>Limits every element of every gradient to [−limit, limit].</summary>
    /// <param name="tensors">Whose gradients.</param>
    /// <param name="limit">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not above 0.</exception>
    public static void ByValue(IEnumerable<Tensor> tensors, float limit)
    {
        if (!(limit > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, "gradients are clipped to values up to a limit above 0");
        }

        foreach (Tensor tensor in tensors.Where(tensor => tensor.HasGradient))
        {
            for (int part = 0; part < tensor.GradientParts; part++)
            {
                Span<float> gradient = tensor.GradientPart(part, out _);
                TensorPrimitives.Clamp(gradient, -limit, limit, gradient);
            }
        }
    }

    // Each stretch in the fixed order of the kernel set, the stretches in float64 in the order of the tensors.
    private static double Norm(Tensor[] tensors, GradientNorm norm, KernelSet kernels)
    {
        double total = 0;
        foreach (Tensor tensor in tensors)
        {
            for (int part = 0; part < tensor.GradientParts; part++)
            {
                total = Add(total, tensor.GradientPart(part, out _), norm, kernels);
            }
        }

        return norm == GradientNorm.Euclidean ? Math.Sqrt(total) : total;
    }

    private static double Add(double total, ReadOnlySpan<float> gradient, GradientNorm norm, KernelSet kernels)
    {
        if (norm == GradientNorm.Euclidean)
        {
            return total + kernels.Dot(gradient, gradient);
        }

        foreach (float value in gradient)
        {
            total = norm == GradientNorm.Largest ? Math.Max(total, Math.Abs(value)) : total + Math.Abs(value);
        }

        return total;
    }
}
