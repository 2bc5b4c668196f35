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
    public void Observe_begins_the_average_once_an_evaluation_is_worse_than_all_but_the_last_few_before()
    {
        var average = new AveragedWeights([("w", _w)], new AveragingConfig { NonMonotone = 2 });
        var evaluations = new List<(long Step, double Score)>();

        // 4.5 after 4, 5 is worse than the best of (5) only after two more; 4.6 after (5, 4), 4.5, 4.4 is the first that is worse than what lies more than two back: 4.
        foreach ((float weight, double score, float expected) in new[] { (1f, 5.0, 1f), (2, 4.0, 2), (3, 4.5, 3), (4, 4.4, 4), (5, 4.6, 5), (7, 4.7, 7), (9, 4.8, 8), (20, 1.0, 12) })
        {
            Step(average, weight);
            Assert.Equal(expected, Average(average));
            evaluations.Add((evaluations.Count + 1, score));
            average.Observe(evaluations);
        }

        // A run that goes on from a checkpoint knows the evaluations and the steps.
        var resumed = new AveragedWeights([("w", _w)], new AveragingConfig { NonMonotone = 2 });
        resumed.Observe(evaluations);
        (resumed.StepCount, resumed.AveragedSteps) = (average.StepCount, average.AveragedSteps);
        average.State().Single().Tensor.Values.CopyTo(resumed.State().Single().Tensor.Values);
        Step(average, 4);
        Step(resumed, 4);
        Assert.Equal((10, 10), (Average(average), Average(resumed)));
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

    private float Average(AveragedWeights average)
    {
        using IDisposable use = average.Use();
        return _w.Tensor.Values[0];
    }
}
