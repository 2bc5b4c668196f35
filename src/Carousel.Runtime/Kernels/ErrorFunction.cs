namespace Carousel.Runtime.Kernels;

/// <summary>The complementary error function in float64, which the base class library lacks.</summary>
public static class ErrorFunction
{
    private const float InverseRootTwo = 0.70710678f;

    /// <summary>Φ(x), the share of a standard normal distribution below x: what the Gaussian error linear unit x·Φ(x) multiplies by.</summary>
    public static float NormalDistribution(float x) => (float)(0.5 * Complement(-x * InverseRootTwo));

    /// <summary>
    /// erfc x = 2/√π ∫ₓ^∞ e^(−t²) dt, within 1e-14 of the exact value: power series near zero, continued fraction (Lentz) beyond
    /// (Abramowitz &amp; Stegun 7.1.6 and 7.1.14).
    /// </summary>
    public static double Complement(double x)
    {
        double magnitude = Math.Abs(x);
        double complement = magnitude < 2.5 ? 1 - Series(magnitude) : Fraction(magnitude);
        return x >= 0 ? complement : 2 - complement;
    }

    // erf x = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms positive, so nothing cancels.
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // erfc x = e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), evaluated from the far end.
    private static double Fraction(double x)
    {
        double tail = x;
        for (int n = 120; n >= 1; n--)
        {
            tail = x + (n / 2.0 / tail);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * tail);
    }
}
