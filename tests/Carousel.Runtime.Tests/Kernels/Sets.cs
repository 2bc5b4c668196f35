using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Tests.Kernels;

/// <summary>The kernel sets under test and the numbers they are tested with.</summary>
internal static class Sets
{
    /// <summary>The names of the sets this process can run.</summary>
    public static TheoryData<string> Names => [.. KernelCatalog.Supported.Select(set => set.Name)];

    public static KernelSet Scalar { get; } = new ScalarKernels();

    public static KernelSet ByName(string name) => KernelCatalog.Supported.Single(set => set.Name == name);

    /// <summary>True when the set promises the bits of the scalar one.</summary>
    public static bool IsExact(KernelSet set) => set.Name != "portable" || Lanes128.IsFused;

    /// <summary>Reproducible values, uniform in ±<paramref name="scale"/>.</summary>
    public static float[] Values(int length, int seed, float scale = 1)
    {
        var random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = ((random.NextSingle() * 2) - 1) * scale;
        }

        return values;
    }

    /// <summary>Equal bits where the set promises them (any NaN equals any NaN), otherwise equal within <paramref name="tolerance"/>, absolute and relative.</summary>
    public static void AssertAgree(KernelSet set, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]) || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]));
            bool near = !IsExact(set) && Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i]));
            Assert.True(same || near, $"{set.Name}, {what}, element {i} of {expected.Length}: expected {expected[i]:R}, found {actual[i]:R}");
        }
    }
}
