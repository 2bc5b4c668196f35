using System.Text.Json.Nodes;

namespace Carousel.Cli.Benchmarks;

/// <summary>A rival's training of one job, in a process that does nothing else.</summary>
internal sealed class RivalTrainer : TrainingContender
{
    private readonly RivalWorker _worker;
    private readonly string _job;
    private double _loss = double.NaN;

    /// <summary>Takes a worker that has done nothing yet.</summary>
    public RivalTrainer(RivalWorker worker, string job, string precision)
        : base(worker.Engine, precision)
    {
        (_worker, _job) = (worker, job);
    }

    /// <inheritdoc/>
    public override string? Kernel => _worker.Kernel;

    /// <inheritdoc/>
    public override double Loss => _loss;

    /// <inheritdoc/>
    public override long PeakBytes => _worker.PeakBytes;

    /// <inheritdoc/>
    public override double[] Take(int steps)
    {
        JsonObject answer = _worker.Ask(new JsonObject { ["job"] = _job, ["precision"] = Precision, ["steps"] = steps });
        _loss = answer["loss"]!.GetValue<double>();
        return [.. answer["ns"]!.AsArray().Select(static value => value!.GetValue<double>() / 1e3)];
    }

    /// <inheritdoc/>
    public override void Dispose() => _worker.Dispose();
}
