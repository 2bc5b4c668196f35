using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class AdamStepTests
{
    private static readonly AdamStep Step = new(Rate: 0.01f, Beta1: 0.9f, Beta2: 0.999f, InverseRootCorrection: 3f, Epsilon: 1e-8f, Decay: 1e-3f, GradientScale: 0.5f);

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void AdamStep_at_every_length_gives_the_bits_of_the_scalar_set(string name)
    {
        KernelSet set = Sets.ByName(name);
        for (int length = 0; length <= 70; length++)
        {
            float[][] expected = Run(Sets.Scalar, length), actual = Run(set, length);
            for (int buffer = 0; buffer < expected.Length; buffer++)
            {
                Sets.AssertAgree(set, expected[buffer], actual[buffer], 1e-5f, $"adam buffer {buffer} of {length}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void AdamStep_matches_the_equation_in_double_precision(string name)
    {
        const int Length = 37;
        float[][] result = Run(Sets.ByName(name), Length), start = Start(Length);
        for (int i = 0; i < Length; i++)
        {
            double g = start[1][i] * 0.5, m = (0.9 * start[2][i]) + (0.1 * g), v = (0.999 * start[3][i]) + (0.001 * g * g);
            double w = (start[0][i] * (1 - 1e-3)) - (0.01 * m / ((Math.Sqrt(v) * 3) + 1e-8));
            Assert.Equal(m, result[2][i], 1e-6);
            Assert.Equal(v, result[3][i], 1e-6);
            Assert.Equal(w, result[0][i], 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void AdamStep_memory_of_an_unused_row_never_turns_denormal(string name)
    {
        float[] w = [1f], m = [1e-3f], v = [1e-30f];
        for (int step = 0; step < 2000; step++)
        {
            Sets.ByName(name).AdamStep(w, [0f], m, v, Step);
            Assert.False(float.IsSubnormal(m[0]) || float.IsSubnormal(v[0]));
        }

        Assert.Equal(0, m[0]);
    }

    private static float[][] Start(int length) =>
        [Sets.Values(length, 1), Sets.Values(length, 2), Sets.Values(length, 3), [.. Sets.Values(length, 4).Select(Math.Abs)]];

    private static float[][] Run(KernelSet set, int length)
    {
        float[][] buffers = Start(length);
        set.AdamStep(buffers[0], buffers[1], buffers[2], buffers[3], Step);
        return buffers;
    }
}
