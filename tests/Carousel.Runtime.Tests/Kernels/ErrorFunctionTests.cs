using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class ErrorFunctionTests
{
    // Abramowitz & Stegun, tables 7.1 and 7.3, and the same quantities computed with 30 digits.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.479500122186953462)]
    [InlineData(1, 0.157299207050285131)]
    [InlineData(2, 0.00467773498104726584)]
    [InlineData(2.5, 0.000406952017444958939)]
    [InlineData(3, 2.20904969985854414e-5)]
    [InlineData(5, 1.53745979442803485e-12)]
    [InlineData(-1, 1.842700792949714869)]
    [InlineData(-3, 1.99997790950300141)]
    public void Complement_known_values(double x, double expected) => Assert.Equal(expected, ErrorFunction.Complement(x), 1e-14 + (1e-12 * expected));
}
