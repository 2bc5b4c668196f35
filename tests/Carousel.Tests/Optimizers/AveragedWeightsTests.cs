using Carousel.Numerics;
using Carousel.Optimizers;

namespace Carousel.Tests.Optimizers;

public sealed class AveragedWeightsTests
{
    private readonly Parameter _w = new("w", 1);

    [Fact]
    public void Update_plain_mean_is_that_of_the_steps_after_the_start() =>
        Assert.Equal([3, 4, 5], Averages(new AveragingConfig { Start = 2 }, 1, 2, 3, 5, 7)[2..]);

    [Fact]
    public void Update_before_the_start_follows_the_weights() =>
        Assert.Equal([1, 2, 3], Averages(new AveragingConfig { Start = 2 }, 1, 2, 3));

    [Fact]
    public void Update_moving_average_by_hand() =>
        Assert.Equal([8, 6, 3.5f], Averages(new AveragingConfig { Decay = 0.5 }, 8, 4, 1));

    [Fact]
    public void Restart_forgets_what_came_before()
    {
        var average = new AveragedWeights([("w", _w)], new AveragingConfig());
        Step(average, 100);
        Step(average, 200);
        average.Restart();
        Step(average, 1);
        Step(average, 3);
        Assert.Equal(2, Average(average));
    }

    [Fact]
    public void Use_exchanges_until_disposed_and_forbids_steps_meanwhile()
    {
        var average = new AveragedWeights([("w", _w)], new AveragingConfig());
        Step(average, 2);
        Step(average, 4);
        using (IDisposable use = average.Use())
        {
            Assert.Equal(3, _w.Tensor.Values[0]);
            Assert.Throws<InvalidOperationException>(average.Update);
            Assert.Throws<InvalidOperationException>(average.Use);
            use.Dispose();
            Assert.Equal(4, _w.Tensor.Values[0]);
        }

        Assert.Equal(4, _w.Tensor.Values[0]);
        Assert.Equal(3, Average(average));
    }

    [Fact]
    public void State_restored_continues_bit_for_bit()
    {
        var config = new AveragingConfig { Start = 1 };
        var whole = new AveragedWeights([("w", _w)], config);
        var resumed = new AveragedWeights([("w", _w)], config);
        foreach (float weight in new[] { 0.1f, 0.7f, 0.3f })
        {
            Step(whole, weight);
        }

        (resumed.StepCount, resumed.AveragedSteps) = (whole.StepCount, whole.AveragedSteps);
        (string name, Tensor tensor) = Assert.Single(resumed.State());
        Assert.Equal("average.w", name);
        whole.State().Single().Tensor.Values.CopyTo(tensor.Values);
        Step(whole, 0.9f);
        resumed.Update();
        Assert.Equal(Average(whole), Average(resumed));
    }

    [Fact]
    public void Config_problems_are_all_listed()
    {
        string message = Assert.Throws<ArgumentException>(() => new AveragedWeights([], new AveragingConfig { Decay = 1, Start = -1 })).Message;
        Assert.Contains("decay is 1", message, StringComparison.Ordinal);
        Assert.Contains("start is -1", message, StringComparison.Ordinal);
    }

    private float[] Averages(AveragingConfig config, params float[] weights)
    {
        var average = new AveragedWeights([("w", _w)], config);
        return Array.ConvertAll(weights, weight =>
        {
            Step(average, weight);
            return Average(average);
        });
    }

    private void Step(AveragedWeights average, float weight)
    {
        _w.Assign([weight]);
        average.Update();
    }

    private static float Average(AveragedWeights average) => average.State().Single().Tensor.Values[0];
}
