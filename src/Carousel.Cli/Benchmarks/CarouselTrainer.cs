using System.Diagnostics;
using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Kernels;
using Carousel.Training;

namespace Carousel.Cli.Benchmarks;

/// <summary>Carousel's training in this process: the steps of <see cref="Trainer"/>, with a clock.</summary>
internal sealed class CarouselTrainer : TrainingContender
{
    /// <summary>The name of mixed precision, as rivals use it too.</summary>
    public const string BFloat16 = "bf16";

    private readonly TrainingJob _job;
    private readonly Workers _workers;
    private readonly Tape _tape;
    private readonly Optimizer _optimizer;
    private Tensor? _loss;
    private long _allocated, _steps;

    /// <summary>Sets up; takes no step yet.</summary>
    /// <param name="job">The work; it belongs to this trainer.</param>
    /// <param name="precision">Of the matrix products.</param>
    /// <param name="threads">How many share a step.</param>
    public CarouselTrainer(TrainingJob job, TrainingPrecision precision, int threads)
        : base(CarouselContender.Name, NameOf(precision))
    {
        _job = job;
        _workers = new Workers(threads);
        _tape = new Tape(new RandomSource(0), _workers, TrainingKernels.Of(precision), isTraining: true, profile: Profile);
        _optimizer = new SgdConfig { LearningRate = TrainingJob.LearningRate }.Create(job.Parameters, _workers);
    }

    /// <summary>Where the time of the steps measured so far went.</summary>
    public TapeProfile Profile { get; } = new();

    /// <summary>The kernels of the steps.</summary>
    public KernelSet Kernels => _tape.Kernels;

    /// <inheritdoc/>
    public override string? Kernel => Kernels.Name;

    /// <inheritdoc/>
    public override double Loss => _loss?.Values[0] ?? double.NaN;

    /// <inheritdoc/>
    public override long PeakBytes => ProcessMemory.Peak();

    /// <inheritdoc/>
    public override double? AllocatedBytesPerStep => (double)_allocated / _steps;

    /// <summary>The precision's name on the command line.</summary>
    public static string NameOf(TrainingPrecision precision) => precision == TrainingPrecision.BFloat16 ? BFloat16 : Precisions.Float32;

    /// <summary>The most memory that this process holds while it does a job from its beginning, in bytes.</summary>
    /// <param name="job">Made anew.</param>
    /// <param name="precision">Of the matrix products.</param>
    /// <param name="threads">How many share a step.</param>
    /// <param name="steps">Steps after which memory no longer grows.</param>
    public static long PeakOf(Func<TrainingJob> job, TrainingPrecision precision, int threads, int steps)
    {
        ProcessMemory.Restart();
        using var trainer = new CarouselTrainer(job(), precision, threads);
        trainer.Take(steps);
        return trainer.PeakBytes;
    }

    /// <inheritdoc/>
    public override double[] Take(int steps)
    {
        double[] us = new double[steps];
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        Profile.Restart();
        for (int i = 0; i < steps; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Step();
            us[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        _allocated += GC.GetTotalAllocatedBytes(precise: true) - allocated;
        _steps += steps;
        return us;
    }

    /// <inheritdoc/>
    public override void ResetCounts()
    {
        (_allocated, _steps) = (0, 0);
        Profile.Clear();
    }

    /// <inheritdoc/>
    public override void Dispose() => _workers.Dispose();

    // As the trainer does it: what the first step recorded is run again.
    private void Step()
    {
        _optimizer.ClearGradients();
        Profile.Mark(TrainingProfile.Update);
        if (_loss is null || !_tape.Replay())
        {
            _tape.Reset();
            _loss = _job.Loss(_tape);
        }

        _tape.Backward(_loss);
        double factor = TrainingJob.ClipNorm / (_optimizer.GradientNorm() + 1e-6);
        Profile.Mark(TrainingProfile.Clip);
        _optimizer.Step((float)Math.Min(1, factor));
        _job.EndStep();
        Profile.Mark(TrainingProfile.Update);
    }
}
