using System.Text.Json;
using Carousel.Schedules;

namespace Carousel.Tests.Schedules;

public sealed class ScheduleTests
{
    private static readonly Dictionary<string, ScheduleConfig> Configs = new()
    {
        ["constant"] = new ConstantConfig(),
        ["step"] = new StepDecayConfig { StepSize = 3, Gamma = 0.5 },
        ["multi_step"] = new MultiStepConfig { Milestones = [2, 5] },
        ["exponential"] = new ExponentialConfig { Gamma = 0.5, Start = 2, PerEpoch = true },
        ["linear"] = new LinearDecayConfig { TotalSteps = 10, FinalRate = 0.2 },
        ["cosine"] = new CosineConfig { TotalSteps = 10, FinalRate = 0.2 },
        ["inverse_square_root"] = new InverseRootConfig(),
        ["one_cycle"] = new OneCycleConfig { TotalSteps = 20 },
        ["plateau"] = new PlateauConfig { Patience = 1, Cooldown = 1, Factor = 0.5 },
    };

    public static TheoryData<string> Names() => [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void RateAt_warm_up_rises_in_a_line_and_then_the_schedule_starts(string name)
    {
        // The inverse root's own shape depends on the warm-up, so its rate after it is that of the same warm-up.
        Schedule warmed = (Configs[name] with { WarmUp = 4 }).Create(1), plain = Configs[name].Create(1);
        Assert.Equal([0.2, 0.4, 0.6, 0.8], Enumerable.Range(0, 4).Select(position => Math.Round(warmed.RateAt(position), 12)));
        Assert.All(Enumerable.Range(0, name == "inverse_square_root" ? 1 : 12), position => Assert.Equal(plain.RateAt(position), warmed.RateAt(position + 4)));
    }

    [Theory]
    [InlineData("constant", 100, 1)]
    [InlineData("step", 2, 1)]
    [InlineData("step", 6, 0.25)]
    [InlineData("multi_step", 2, 0.1)]
    [InlineData("multi_step", 5, 0.01)]
    [InlineData("exponential", 2, 1)]
    [InlineData("exponential", 5, 0.125)]
    [InlineData("linear", 5, 0.6)]
    [InlineData("linear", 30, 0.2)]
    [InlineData("cosine", 5, 0.6)]
    [InlineData("cosine", 10, 0.2)]
    [InlineData("inverse_square_root", 0, 1)]
    [InlineData("inverse_square_root", 8, 1.0 / 3)]
    [InlineData("one_cycle", 0, 0.04)]
    [InlineData("one_cycle", 5, 1)]
    [InlineData("one_cycle", 12, 0.500002)]
    [InlineData("one_cycle", 19, 4e-6)]
    [InlineData("one_cycle", 50, 4e-6)]
    public void RateAt_known_positions(string name, long position, double expected) => Assert.Equal(expected, Configs[name].Create(1).RateAt(position), 1e-12);

    [Theory]
    [InlineData("linear")]
    [InlineData("cosine")]
    [InlineData("one_cycle")]
    public void For_schedule_of_the_whole_run_ends_with_it(string name)
    {
        ScheduleConfig whole = JsonSerializer.Deserialize<ScheduleConfig>($"{{\"type\":\"{name}\"}}")! with { WarmUp = 5 };
        Assert.Contains("call For first", Assert.Throws<ArgumentException>(() => whole.Create(1)).Message, StringComparison.Ordinal);
        foreach (long run in new long[] { 7, 8, 30, 1000 })
        {
            Schedule schedule = whole.For(run).Create(1);
            Assert.InRange(schedule.RateAt(run), 0, 1e-5);
            Assert.All(Enumerable.Range(0, (int)run), position => Assert.InRange(schedule.RateAt(position), 1e-7, 1));
        }
    }

    [Fact]
    public void Plateau_by_hand()
    {
        Schedule schedule = Configs["plateau"].Create(1);
        double[] rates = Array.ConvertAll([5.0, 4, 4, 4, 4, 4, 4, 4], metric =>
        {
            schedule.Observe(metric);
            return schedule.RateAt(0);
        });

        // Two evaluations without improvement are one too many; the one after a change is not counted.
        Assert.Equal([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25], rates);
    }

    [Fact]
    public void Plateau_metric_that_is_no_number_is_never_better()
    {
        Schedule schedule = Configs["plateau"].Create(1);
        schedule.Observe(double.NaN);
        schedule.Observe(double.NaN);
        Assert.Equal(0.5, schedule.RateAt(0));
        schedule.Observe(3);
        schedule.Observe(2);
        Assert.Equal(0.5, schedule.RateAt(0));
    }

    [Fact]
    public void Plateau_restored_at_any_moment_goes_on_alike()
    {
        double[] metrics = [5, 4, 4.5, 4.2, 3, 3, 3, 3.1, 2.9, 3, 3, 3];
        for (int moment = 0; moment <= metrics.Length; moment++)
        {
            Schedule whole = Configs["plateau"].Create(1), before = Configs["plateau"].Create(1), after = Configs["plateau"].Create(1);
            Array.ForEach(metrics, whole.Observe);
            Array.ForEach(metrics[..moment], before.Observe);
            string saved = JsonSerializer.Serialize(before.State());
            after.Restore(JsonSerializer.Deserialize<Dictionary<string, double>>(saved)!);
            Array.ForEach(metrics[moment..], after.Observe);
            Assert.Equal(whole.State(), after.State());
        }
    }

    [Fact]
    public void Plateau_impossible_state_is_refused()
    {
        Schedule schedule = Configs["plateau"].Create(1);
        Assert.Throws<ArgumentException>(() => schedule.Restore(new Dictionary<string, double> { ["rate"] = 1 }));
        Assert.Throws<ArgumentException>(() => schedule.Restore(new Dictionary<string, double> { ["rate"] = 1, ["bad"] = -1, ["cooldown"] = 0 }));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Config_survives_json(string name)
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        string json = JsonSerializer.Serialize(Configs[name], options);
        Assert.Contains($"\"type\":\"{name}\"", json, StringComparison.Ordinal);
        Schedule original = Configs[name].Create(1), read = JsonSerializer.Deserialize<ScheduleConfig>(json, options)!.Create(1);
        Assert.All(Enumerable.Range(0, 30), position => Assert.Equal(original.RateAt(position), read.RateAt(position)));
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<ScheduleConfig>(json, options), options));
    }

    [Fact]
    public void Create_lists_every_problem()
    {
        Refused(new StepDecayConfig { StepSize = 0, Gamma = 0, WarmUp = -1 }, "step_size is 0", "gamma is 0", "warm_up is -1");
        Refused(new MultiStepConfig { Milestones = [3, -2], Gamma = 2 }, "milestones has -2", "gamma is 2");
        Refused(new ExponentialConfig { Gamma = double.NaN, Start = -1 }, "gamma is NaN", "start is -1");
        Refused(new CosineConfig { TotalSteps = -1, FinalRate = -1 }, "total_steps is -1", "final_rate is -1");
        Refused(new LinearDecayConfig { TotalSteps = -1, FinalRate = -1 }, "total_steps is -1", "final_rate is -1");
        Refused(new OneCycleConfig { TotalSteps = 1, StartDivisor = 0.5, FinalDivisor = 0 }, "total_steps is 1", "start_divisor is 0.5", "final_divisor is 0");
        Refused(new OneCycleConfig { TotalSteps = 10, RisingShare = 1 }, "rising_share is 1");
        Refused(new PlateauConfig { Factor = 1, Patience = -1, Threshold = -1, Cooldown = -1, LowestRate = -1, SmallestChange = double.NaN },
            "factor is 1", "patience is -1", "threshold is -1", "cooldown is -1", "lowest_rate is -1", "smallest_change is NaN");
    }

    private static void Refused(ScheduleConfig config, params string[] problems)
    {
        string message = Assert.Throws<ArgumentException>(() => config.Create(1)).Message;
        Assert.All(problems, problem => Assert.Contains(problem, message, StringComparison.Ordinal));
    }
}
