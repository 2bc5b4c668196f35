using System.Text.Json.Nodes;

namespace Carousel.Cli.Benchmarks;

/// <summary>A rival prepared for one cell: its worker makes the same model and is asked for calls.</summary>
internal sealed class RivalContender : Contender
{
    private readonly RivalWorker _worker;

    /// <summary>Lets the worker build the model and take the first call.</summary>
    /// <exception cref="InvalidDataException">The worker cannot.</exception>
    public RivalContender(RivalWorker worker, BenchmarkCell cell, string precision)
        : base(worker.Engine, cell, precision)
    {
        _worker = worker;
        JsonObject answer = Ask(1, 0);
        Checksum = answer["checksum"]!.GetValue<double>();
        FirstCall = TimeSpan.FromMicroseconds(Durations(answer)[0]);
    }

    /// <inheritdoc/>
    public override double Checksum { get; }

    /// <inheritdoc/>
    public override TimeSpan? FirstCall { get; }

    /// <inheritdoc/>
    public override double[] Take(int calls, double spacedUs) => Durations(Ask(calls, spacedUs));

    /// <summary>Nothing to do: the worker drops the model when it is asked for another.</summary>
    public override void Dispose()
    {
    }

    private static double[] Durations(JsonObject answer) => [.. answer["ns"]!.AsArray().Select(static value => value!.GetValue<double>() / 1e3)];

    private JsonObject Ask(int calls, double spacedUs)
    {
        BenchmarkModel shape = Cell.Shape!;
        return _worker.Ask(new JsonObject
        {
            ["input"] = shape.Input,
            ["hidden"] = shape.Hidden,
            ["layers"] = shape.Layers,
            ["outputs"] = shape.Outputs,
            ["precision"] = Precision,
            ["batch"] = Cell.Batch,
            ["steps"] = Cell.Steps,
            ["keep_state"] = Cell.Mode == CallMode.Window ? 0 : 1,
            ["calls"] = calls,
            ["spaced_us"] = spacedUs,
        });
    }
}
