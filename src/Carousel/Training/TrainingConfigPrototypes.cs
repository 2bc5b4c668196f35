using Carousel.Optimizers;
using Carousel.Schedules;

namespace Carousel.Training;

/// <summary>One instance, with its defaults, of every record a <see cref="TrainingConfig"/> can hold: what reading a recipe of any task takes defaults from.</summary>
internal static class TrainingConfigPrototypes
{
    public static IReadOnlyList<object> All { get; } =
    [
        new TrainingConfig(),
        new AveragingConfig(),
        new SgdConfig(),
        new AdamConfig(),
        new AdamWConfig(),
        new RmsPropConfig(),
        new ConstantConfig(),
        new StepDecayConfig(),
        new MultiStepConfig(),
        new ExponentialConfig(),
        new LinearDecayConfig(),
        new CosineConfig(),
        new InverseRootConfig(),
        new OneCycleConfig(),
        new PlateauConfig(),
    ];
}
