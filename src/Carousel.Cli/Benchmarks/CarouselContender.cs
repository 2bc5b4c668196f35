using System.Diagnostics;
using System.Runtime.InteropServices;
using Carousel.Runtime.Streams;

namespace Carousel.Cli.Benchmarks;

/// <summary>Carousel itself, in this process.</summary>
internal sealed class CarouselContender : Contender
{
    /// <summary>Its name among the engines.</summary>
    public const string Name = "carousel";

    // Ticks at which a sliding window is compared with running the whole window anew.
    private const int ComparedTicks = 20;

    private readonly CompiledModel _model;
    private readonly Action _call;
    private readonly Action? _between;
    private readonly SlidingWindow? _window;
    private long _allocated;
    private int _collections;

    /// <summary>Compiles the model and takes the first call.</summary>
    /// <exception cref="InvalidDataException">A sliding window does not give the bits of the whole window.</exception>
    public CarouselContender(BenchmarkCell cell)
        : base(Name, cell, cell.Precision)
    {
        _model = CompiledModel.Compile(cell.File, Precisions.Options(cell.Precision, cell.Threads));
        int inputs = _model.InputSize, outputs = _model.OutputSize;
        int values = cell.Steps * cell.Batch * inputs;

        // The one input of a model file may be an id: 0 is one, whatever the table.
        float[] x = cell.Shape is null && inputs == 1 ? new float[values] : BenchmarkModel.Inputs(values), y = new float[cell.Steps * cell.Batch * outputs];
        int last = y.Length - (cell.Batch * outputs);
        switch (cell.Mode)
        {
            case CallMode.Step:
                ModelStream stream = _model.OpenStream();
                _call = () => stream.Step(x, y);
                break;
            case CallMode.Window:
                ModelStream whole = _model.OpenStream();
                _call = () =>
                {
                    whole.Reset();
                    whole.Run(x, y);
                };
                break;
            case CallMode.Sliding:
                ThrowIfNotTheFullWindow(cell);
                SlidingWindow window = _window = _model.OpenWindow(cell.Steps);
                for (int step = 0; step < cell.Steps - 1; step++)
                {
                    window.Step(x.AsSpan(step * inputs, inputs), y.AsSpan(last));
                }

                window.Prepare();
                _call = () => window.Step(x.AsSpan(x.Length - inputs), y.AsSpan(last));
                _between = window.Prepare;
                break;
            default:
                StreamBatch batch = _model.OpenBatch(cell.Batch);
                int inputRow = cell.Batch * inputs, outputRow = cell.Batch * outputs;
                _call = () =>
                {
                    for (int step = 0; step < cell.Steps; step++)
                    {
                        batch.Step(x.AsSpan(step * inputRow, inputRow), y.AsSpan(step * outputRow, outputRow));
                    }
                };
                break;
        }

        _call();
        Checksum = y.AsSpan(last).ToArray().Sum(static value => Math.Abs((double)value));
        _between?.Invoke();
    }

    /// <inheritdoc/>
    public override double Checksum { get; }

    /// <inheritdoc/>
    public override string Kernel => _model.Kernel;

    /// <inheritdoc/>
    public override long? AllocatedBytes => _allocated;

    /// <inheritdoc/>
    public override int? Collections => _collections;

    /// <inheritdoc/>
    public override double[] Take(int calls, double spacedUs)
    {
        long[] ticks = new long[calls];
        long pause = (long)(spacedUs * 1e-6 * Stopwatch.Frequency);
        GC.Collect();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        int collections = GC.CollectionCount(0);
        long next = 0;
        for (int i = 0; i < ticks.Length; i++)
        {
            while (Stopwatch.GetTimestamp() < next)
            {
                // A thread that slept would come back to cold caches, and late.
            }

            long start = Stopwatch.GetTimestamp();
            _call();
            long end = Stopwatch.GetTimestamp();
            ticks[i] = end - start;
            _between?.Invoke();
            next = Stopwatch.GetTimestamp() + pause;
        }

        _allocated += GC.GetAllocatedBytesForCurrentThread() - allocated;
        _collections += GC.CollectionCount(0) - collections;
        return [.. ticks.Select(static count => count * 1e6 / Stopwatch.Frequency)];
    }

    /// <inheritdoc/>
    public override void ResetCounts() => (_allocated, _collections) = (0, 0);

    /// <inheritdoc/>
    public override WindowBudget? MeasureBudget() => _window?.MeasureBudget();

    /// <inheritdoc/>
    public override void Dispose() => _model.Dispose();

    private void ThrowIfNotTheFullWindow(BenchmarkCell cell)
    {
        int inputs = _model.InputSize, outputs = _model.OutputSize, ticks = cell.Steps + ComparedTicks;
        float[] x = BenchmarkModel.Inputs(ticks * inputs), slid = new float[outputs], whole = new float[cell.Steps * outputs];
        using SlidingWindow window = _model.OpenWindow(cell.Steps);
        using ModelStream stream = _model.OpenStream();
        for (int tick = 0; tick < ticks; tick++)
        {
            window.Step(x.AsSpan(tick * inputs, inputs), slid);
            if (tick + 1 >= cell.Steps && tick + ComparedTicks >= ticks)
            {
                stream.Reset();
                stream.Run(x.AsSpan((tick + 1 - cell.Steps) * inputs, cell.Steps * inputs), whole);
                if (!MemoryMarshal.AsBytes(slid.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(whole.AsSpan(whole.Length - outputs))))
                {
                    throw new InvalidDataException($"{cell.Preset} {cell.Precision}: at tick {tick} the sliding window answers {slid[0]:R}, running all {cell.Steps} steps anew {whole[^outputs]:R}");
                }
            }
        }
    }
}
