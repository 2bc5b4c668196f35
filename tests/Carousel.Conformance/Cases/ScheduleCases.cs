using Carousel.Schedules;

namespace Carousel.Conformance.Cases;

/// <summary>The learning rate before the first scheduler step and after each.</summary>
internal sealed class ScheduleCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["lr_schedule"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        config.AllowOnly("scheduler", "initial_lr", "scheduler_steps", "step_size", "gamma", "milestones", "T_max", "eta_min",
            "mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps");
        Schedule schedule = ConfigOf(config).Create(config.Number("initial_lr"));
        double[]? metrics = vector.InputOrNull("metrics")?.Data;
        var rates = new List<double> { schedule.RateAt(0) };
        for (int step = 1; step <= config.Integer("scheduler_steps"); step++)
        {
            if (metrics is not null)
            {
                schedule.Observe(metrics[step - 1]);
            }

            rates.Add(schedule.RateAt(step));
        }

        compare.Output("lr", rates.ToArray());
    }

    private static ScheduleConfig ConfigOf(CaseSettings config) => config.Text("scheduler") switch
    {
        "StepLR" => new StepDecayConfig { StepSize = config.Integer("step_size"), Gamma = config.Number("gamma", 0.1) },
        "MultiStepLR" => new MultiStepConfig { Milestones = [.. config.Integers("milestones").Select(milestone => (long)milestone)], Gamma = config.Number("gamma", 0.1) },
        "ExponentialLR" => new ExponentialConfig { Gamma = config.Number("gamma") },
        "CosineAnnealingLR" => new CosineConfig { TotalSteps = config.Integer("T_max"), FinalRate = config.Number("eta_min", 0) },
        "ReduceLROnPlateau" => new PlateauConfig
        {
            HigherIsBetter = config.Text("mode", "min") == "max",
            Factor = config.Number("factor", 0.1),
            Patience = config.Integer("patience", 10),
            Threshold = config.Number("threshold", 1e-4),
            AbsoluteThreshold = config.Text("threshold_mode", "rel") == "abs",
            Cooldown = config.Integer("cooldown", 0),
            LowestRate = config.Number("min_lr", 0),
            SmallestChange = config.Number("eps", 1e-8),
        },
        var other => throw new InvalidDataException($"scheduler '{other}'"),
    };
}
