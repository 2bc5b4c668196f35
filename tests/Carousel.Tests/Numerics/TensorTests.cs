using Carousel.Numerics;

namespace Carousel.Tests.Numerics;

public sealed class TensorTests
{
    private static readonly float[] OneToTwelve = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Fact]
    public void Range_and_At_share_numbers_and_gradient_with_the_whole()
    {
        Tensor whole = Tensor.From(OneToTwelve, 3, 2, 2);
        Tensor rows = whole.Range(1, 2), row = whole.At(2);
        Assert.Equal([2, 2, 2], rows.Shape.ToArray());
        Assert.Equal([2, 2], row.Shape.ToArray());
        Assert.Equal([9, 10, 11, 12], row.Values.ToArray());

        row.Values[0] = -1;
        rows.Gradient[0] = 7;
        Assert.Equal(-1, whole.Values[8]);
        Assert.Equal(-1, rows.Values[4]);
        Assert.Equal(7, whole.Gradient[4]);
    }

    [Fact]
    public void Reshape_shares_numbers_and_refuses_another_count()
    {
        Tensor whole = Tensor.From(OneToTwelve, 3, 4);
        whole.Reshape(2, 6).Values[11] = 0;
        Assert.Equal(0, whole.Values[11]);
        Assert.Contains("[3, 4] as [5, 2]: 12 elements against 10", Assert.Throws<ArgumentException>(() => whole.Reshape(5, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NeedsGradient_set_on_a_view_holds_for_the_whole()
    {
        var whole = new Tensor(2, 3);
        whole.At(1).NeedsGradient = true;
        Assert.True(whole.NeedsGradient);
    }

    [Fact]
    public void Detach_copies_numbers_and_shares_nothing()
    {
        Tensor whole = Tensor.From(OneToTwelve, 12);
        whole.NeedsGradient = true;
        Tensor copy = whole.Detach();
        whole.Values[0] = 99;
        Assert.Equal(1, copy.Values[0]);
        Assert.False(copy.NeedsGradient);
    }

    [Fact]
    public void From_wrong_count_names_shape_and_counts() =>
        Assert.Contains("shape [2, 5] has 10 elements, found 12 values", Assert.Throws<ArgumentException>(() => Tensor.From(OneToTwelve, 2, 5)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(2, 2)]
    [InlineData(0, 4)]
    public void Range_beyond_the_axis_is_refused(int start, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.From(OneToTwelve, 3, 4).Range(start, count));

    [Fact]
    public void Tensor_negative_or_huge_size_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Tensor(3, -1));
        Assert.Throws<ArgumentException>(() => new Tensor(1 << 20, 1 << 20));
    }

    [Fact]
    public void Tensor_without_axes_is_one_number_and_with_an_empty_axis_none()
    {
        Assert.Equal(1, new Tensor().Length);
        Assert.Equal(0, new Tensor(3, 0, 5).Length);
        Assert.Equal(0, new Tensor(0, 5).Range(0, 0).Length);
    }

    [Fact]
    public unsafe void Values_start_on_a_line_of_64_bytes()
    {
        for (int length = 1; length < 40; length++)
        {
            fixed (float* first = new Tensor(length).Values)
            {
                Assert.Equal(0u, (nuint)first % 64);
            }
        }
    }

    [Fact]
    public void Assign_wrong_count_names_the_parameter()
    {
        var parameter = new Parameter("weight", 2, 3);
        Assert.Contains("'weight' [2, 3] has 6 elements, found 2", Assert.Throws<ArgumentException>(() => parameter.Assign([1, 2])).Message, StringComparison.Ordinal);
        Assert.True(parameter.Decays);
        Assert.False(new Parameter("bias", 3).Decays);
    }
}
