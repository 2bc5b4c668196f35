using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class ElementwiseTests
{
    private const int LongestTail = 70;

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Every_kernel_at_every_length_gives_the_bits_of_the_scalar_set(string name)
    {
        KernelSet set = Sets.ByName(name);
        for (int length = 0; length <= LongestTail; length++)
        {
            float[] x = Sets.Values(length, length, scale: 9), w = Sets.Values(length, length + 1000);
            Compare((kernels, y) => kernels.Sigmoid(x, y), "sigmoid");
            Compare((kernels, y) => kernels.Tanh(x, y), "tanh");
            Compare((kernels, y) => kernels.Exp(x, y), "exp");
            Compare((kernels, y) => { x.CopyTo(y, 0); kernels.Sigmoid(y, y); }, "sigmoid in place");
            Compare((kernels, y) => kernels.Softmax(x, y), "softmax");
            Compare((kernels, y) => { x.CopyTo(y, 0); kernels.Softmax(y, y); }, "softmax in place");
            Compare((kernels, y) => kernels.LogSoftmax(x, y), "log-softmax");
            Compare((kernels, y) => { x.CopyTo(y, 0); kernels.LogSoftmax(y, y); }, "log-softmax in place");
            Sets.AssertAgree(set, [Sets.Scalar.Sum(x)], [set.Sum(x)], 1e-5f, $"sum of {length}");
            Sets.AssertAgree(set, [Sets.Scalar.Dot(x, w)], [set.Dot(x, w)], 1e-5f, $"dot of {length}");
            Sets.AssertAgree(set, [Sets.Scalar.Softmax(x, new float[length])], [set.Softmax(x, new float[length])], 1e-5f, $"log-sum-exp of {length}");
            for (int rows = 0; rows <= 9; rows++)
            {
                float[] matrix = Sets.Values(rows * length, rows), expected = [.. w], actual = [.. w];
                Sets.Scalar.AddColumnSums(matrix, rows, length, expected);
                set.AddColumnSums(matrix, rows, length, actual);
                Sets.AssertAgree(set, expected, actual, 1e-5f, $"column sums of [{rows}, {length}]");
            }

            void Compare(Action<KernelSet, float[]> kernel, string what)
            {
                float[] expected = new float[length], actual = new float[length];
                kernel(Sets.Scalar, expected);
                kernel(set, actual);
                Sets.AssertAgree(set, expected, actual, 1e-6f, $"{what} of {length}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Activations_are_as_accurate_as_they_promise(string name)
    {
        KernelSet set = Sets.ByName(name);
        float[] x = new float[400_000], y = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = (i - 200_000) * (30f / 200_000);
        }

        set.Sigmoid(x, y);
        Assert.True(WorstAbsolute(v => 1 / (1 + Math.Exp(-v))) <= 2e-7);
        set.Tanh(x, y);
        Assert.True(WorstAbsolute(Math.Tanh) <= 3e-7);

        // Small arguments keep their relative accuracy: tanh x is x there, not 0.
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = MathF.Pow(10, -30 * (i / (float)x.Length));
        }

        set.Tanh(x, y);
        Assert.True(WorstRelative(Math.Tanh) <= 5e-7);

        for (int i = 0; i < x.Length; i++)
        {
            x[i] = -87.3f + (i * (176f / x.Length));
        }

        set.Exp(x, y);
        double unitsInTheLastPlace = WorstRelative(Math.Exp) * Math.Pow(2, 23);
        Assert.True(unitsInTheLastPlace <= 2, $"exp is off by {unitsInTheLastPlace} units in the last place");

        double WorstAbsolute(Func<double, double> exact) => Enumerable.Range(0, x.Length).Max(i => Math.Abs(y[i] - exact(x[i])));
        double WorstRelative(Func<double, double> exact) => Enumerable.Range(0, x.Length).Max(i => Math.Abs(y[i] - exact(x[i])) / Math.Abs(exact(x[i])));
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Activations_at_the_ends_of_the_range_are_finite_and_normal(string name)
    {
        KernelSet set = Sets.ByName(name);
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, 0f, -0f, float.Epsilon, -float.Epsilon, 100, -100, 88.72283f, 88.73f, -87.33654f, -87.34f, BitConverter.Int32BitsToSingle(0x7F812345), BitConverter.Int32BitsToSingle(unchecked((int)0xFFC00123))];
        Assert.Equal([float.NaN, 1, Sigmoid(-87), 1, Sigmoid(-87), 0.5f, 0.5f, 0.5f, 0.5f, 1, Sigmoid(-87), 1, 1, Sigmoid(-87), Sigmoid(-87), float.NaN, float.NaN], Apply(set.Sigmoid));
        float[] tanh = Apply(set.Tanh);
        Assert.Equal([float.NaN, 1, -1, 1, -1, 0, -0f, float.Epsilon, -float.Epsilon, 1, -1, 1, 1, -1, -1, float.NaN, float.NaN], tanh);
        Assert.True(float.IsNegative(tanh[6]));
        float[] exp = Apply(set.Exp);
        Assert.Equal([float.NaN, float.PositiveInfinity, 0, float.PositiveInfinity, 0, 1, 1, 1, 1, float.PositiveInfinity, 0], exp[..11]);
        Assert.Equal([float.PositiveInfinity, 0, float.NaN, float.NaN], [exp[12], exp[14], exp[15], exp[16]]);
        Assert.True(float.IsFinite(exp[11]) && exp[11] > 3.4e38f, $"e^88.72283 = {exp[11]}");
        Assert.InRange(exp[13], 1.17549e-38f, 1.17551e-38f);

        float[] Apply(Unary kernel)
        {
            float[] y = new float[x.Length];
            kernel(x, y);
            return y;
        }

        float Sigmoid(float v)
        {
            float[] y = new float[1];
            set.Sigmoid([v], y);
            return y[0];
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Sum_and_Dot_follow_sixteen_lanes_and_the_fixed_tree(string name)
    {
        // Lane 0 holds 2²⁴ and lane 8 its negative: joined first, as the tree says, the small lanes survive; a running sum would lose them.
        float[] x = new float[16];
        Array.Fill(x, 1);
        (x[0], x[8]) = (16777216, -16777216);
        float[] ones = [.. Enumerable.Repeat(1f, 16)];
        Assert.Equal(14, Sets.ByName(name).Sum(x));
        Assert.Equal(14, Sets.ByName(name).Dot(x, ones));
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Softmax_of_special_rows_is_as_documented(string name)
    {
        KernelSet set = Sets.ByName(name);
        float[] y = new float[20], x = Sets.Values(20, 1);
        x[3] = x[19] = float.NegativeInfinity;
        float logSum = set.Softmax(x, y);
        Assert.Equal(0, y[3]);
        Assert.Equal(0, y[19]);
        Assert.Equal(1, y.Sum(v => (double)v), 6);
        Assert.Equal(Math.Log(x.Sum(v => Math.Exp(v))), logSum, 5);

        set.LogSoftmax(x, y);
        Assert.Equal(float.NegativeInfinity, y[3]);
        Assert.Equal(float.NegativeInfinity, y[19]);
        Assert.All(y.Zip(x), pair => Assert.Equal(pair.Second - logSum, pair.First));

        x[7] = float.NaN;
        Assert.True(float.IsNaN(set.Softmax(x, y)));
        Assert.All(y, v => Assert.True(float.IsNaN(v)));
        set.LogSoftmax(x, y);
        Assert.All(y, v => Assert.True(float.IsNaN(v)));

        Array.Fill(x, float.NegativeInfinity);
        set.Softmax(x, y);
        Assert.All(y, v => Assert.True(float.IsNaN(v)));

        // Logits far beyond the range of e^x do no harm.
        Array.Fill(x, 5000f);
        Assert.Equal(5000 + Math.Log(20), set.Softmax(x, y), 3);
        Assert.All(y, v => Assert.Equal(0.05f, v, 6));
        set.LogSoftmax(x, y);
        Assert.All(y, v => Assert.Equal(-Math.Log(20), v, 3));

        // The surest of all is not more than certain.
        Array.Fill(x, -100f);
        x[5] = 90;
        set.LogSoftmax(x, y);
        Assert.Equal(0, y[5]);
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Lengths_that_do_not_fit_are_refused(string name)
    {
        KernelSet set = Sets.ByName(name);
        float[] three = new float[3], four = new float[4];
        Assert.Throws<ArgumentException>(() => set.Sigmoid(three, four));
        Assert.Throws<ArgumentException>(() => set.Tanh(three, four));
        Assert.Throws<ArgumentException>(() => set.Exp(three, four));
        Assert.Throws<ArgumentException>(() => set.Softmax(three, four));
        Assert.Throws<ArgumentException>(() => set.LogSoftmax(three, four));
        Assert.Throws<ArgumentException>(() => set.Dot(three, four));
        Assert.Throws<ArgumentException>(() => set.AddColumnSums(four, 2, 3, three));
        Assert.Throws<ArgumentException>(() => set.LstmForward(1, 1, three, [0], new float[1], new float[1], new float[1]));
        Assert.Throws<ArgumentException>(() => set.LstmBackward(1, 1, four, [0], [0], [0], new float[1], three));
        Assert.Throws<ArgumentException>(() => set.AdamStep(four, three, four, four, default));
    }

    private delegate void Unary(ReadOnlySpan<float> x, Span<float> y);
}
