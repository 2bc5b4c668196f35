using Carousel.Autograd;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Forecasting;

/// <summary>
/// The network of a forecaster: recurrent layers over the (folded) window, and a linear head that reads their output at the last time step and gives the
/// whole horizon at once.
/// </summary>
public sealed class ForecastNetwork
{
    private readonly Layer _body;
    private readonly Linear _head;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="config">What the forecaster is.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public ForecastNetwork(ForecasterConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"forecaster: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        _body = NetworkFactory.Create(config.Network, random, initialization);
        _head = new Linear(config.Head, random, initialization);
    }

    /// <summary>What the forecaster is.</summary>
    public ForecasterConfig Config { get; }

    /// <summary>The parameters: <c>network.*</c>, then <c>head.*</c>.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters =>
    [
        .. _body.Parameters().Select(entry => ($"network.{entry.Name}", entry.Parameter)),
        .. _head.Parameters().Select(entry => ($"head.{entry.Name}", entry.Parameter)),
    ];

    /// <summary>Forecasts for a batch of windows, in the units of the normalised window.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="windows">[window / patch, B, patch · features], time first.</param>
    /// <returns>[B, horizon · targets · outputs per value]</returns>
    public Tensor Forward(Tape tape, Tensor windows)
    {
        Tensor output;
        using (tape.Enter("network"))
        {
            (output, _) = _body.Forward(tape, windows, state: null);
        }

        using (tape.Enter("head"))
        {
            return _head.Forward(tape, output.At(output.Shape[0] - 1));
        }
    }

    /// <summary>Forecasts for some windows of a scaled series.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="windows">The series in windows of this network's length.</param>
    /// <param name="chosen">Which of them.</param>
    /// <returns>[B, horizon · targets · outputs per value], in the units of the scaled series.</returns>
    public Tensor Forecast(Tape tape, Windows windows, ReadOnlySpan<int> chosen)
    {
        int[] indices = chosen.ToArray();
        var batch = new WindowBatch(tape, Config, indices.Length, i => windows.Inputs(indices[i]));
        return batch.Restore(tape, Forward(tape, batch.Inputs));
    }

    /// <summary>Forecasts for every window, for measuring.</summary>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="windows">The series in windows of this network's length.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>[windows, horizon · targets · outputs per value], in the units of the scaled series; quantiles rise.</returns>
    public float[] ForecastAll(Tape tape, Windows windows, CancellationToken cancellation = default)
    {
        const int batch = 256;
        float[] forecasts = new float[windows.Count * Config.HeadSize];
        for (int start = 0; start < windows.Count; start += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset(keepsWeights: start > 0);
            int[] chosen = [.. Enumerable.Range(start, Math.Min(batch, windows.Count - start))];
            Forecast(tape, windows, chosen).Values.CopyTo(forecasts.AsSpan(start * Config.HeadSize));
        }

        tape.Reset();
        Rearrange(forecasts, Config);
        return forecasts;
    }

    /// <summary>Quantiles are learned one by one and may cross. Sorted, they are never worse (Chernozhukov, Fernández-Val &amp; Galichon 2010).</summary>
    internal static void Rearrange(float[] forecasts, ForecasterConfig config)
    {
        for (int start = 0; config.OutputsPerValue > 1 && start < forecasts.Length; start += config.OutputsPerValue)
        {
            forecasts.AsSpan(start, config.OutputsPerValue).Sort();
        }
    }
}
