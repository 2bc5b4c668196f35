using System.Diagnostics;

namespace Carousel.Training;

/// <summary>Measures updates between two evaluations.</summary>
/// <param name="clock">Measures time.</param>
internal sealed class StepMeter(TimeProvider clock)
{
    private long _start, _startBytes, _ticks, _bytes, _items;
    private int _steps, _counted;
    private bool _isWarm;

    /// <summary>An update begins.</summary>
    public void Begin() => (_start, _startBytes) = (clock.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());

    /// <summary>An update has ended.</summary>
    /// <param name="items">What it learned from.</param>
    public void End(int items)
    {
        _ticks += clock.GetTimestamp() - _start;
        _items += items;
        _steps++;

        // The first update of a sitting plans the memory of all others.
        _bytes += _isWarm ? GC.GetAllocatedBytesForCurrentThread() - _startBytes : 0;
        _counted += _isWarm ? 1 : 0;
        _isWarm = true;
    }

    /// <summary>What the updates cost since this was asked before; null when there were none in this sitting.</summary>
    /// <param name="bufferBytes">Memory planned for a step.</param>
    public StepCost? Take(long bufferBytes)
    {
        if (_steps == 0)
        {
            return null;
        }

        using var process = Process.GetCurrentProcess();
        double seconds = Math.Max((double)_ticks / clock.TimestampFrequency, double.Epsilon);
        var cost = new StepCost(seconds / _steps, Math.Min(_items / seconds, double.MaxValue), _counted == 0 ? 0 : (double)_bytes / _counted, bufferBytes, process.PeakWorkingSet64);
        (_ticks, _bytes, _items, _steps, _counted) = (0, 0, 0, 0, 0);
        return cost;
    }
}
