using System.Diagnostics;

namespace Carousel.Autograd;

/// <summary>Where the time of steps goes: for every kind of operation, the time until it was recorded and the time of its part of the backward pass.</summary>
/// <remarks>What happens between two operations counts for the later one. A mark costs about as much as reading the clock.</remarks>
public sealed class TapeProfile
{
    private readonly Dictionary<(string Operation, bool IsBackward), long> _ticks = [];
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>Time by kind of operation and direction, all steps together.</summary>
    public IEnumerable<(string Operation, bool IsBackward, TimeSpan Time)> Times =>
        _ticks.Select(static entry => (entry.Key.Operation, entry.Key.IsBackward, Stopwatch.GetElapsedTime(0, entry.Value)));

    /// <summary>Ends the time of an operation that the tape does not know, such as the optimiser's step.</summary>
    /// <param name="operation">What it was.</param>
    /// <param name="isBackward">True for a part of the backward pass.</param>
    public void Mark(string operation, bool isBackward = false)
    {
        long now = Stopwatch.GetTimestamp();
        _ticks[(operation, isBackward)] = _ticks.GetValueOrDefault((operation, isBackward)) + now - _last;
        _last = now;
    }

    /// <summary>Goes on: the time since the last mark counts for nothing.</summary>
    public void Restart() => _last = Stopwatch.GetTimestamp();

    /// <summary>Forgets all times.</summary>
    public void Clear()
    {
        _ticks.Clear();
        Restart();
    }
}
