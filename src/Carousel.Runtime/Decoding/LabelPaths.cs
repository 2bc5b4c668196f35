using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// When the labels of texts were heard: each path is the path of the text without its last label, and the time step at which that label was most probable. Texts share their
/// beginnings. Paths that nobody holds are dropped from time to time, so that a search which runs for hours stays small.
/// </summary>
internal sealed class LabelPaths
{
    /// <summary>The path of the empty text.</summary>
    public const int Empty = 0;

    // Those before come before.
    private LabelPath[] _paths;
    private int[] _moved;
    private int _count = 1;

    /// <summary>Only the path of the empty text.</summary>
    /// <param name="capacity">Paths to make room for.</param>
    public LabelPaths(int capacity) => (_paths, _moved) = (new LabelPath[capacity], new int[capacity]);

    /// <summary>A path.</summary>
    public ref readonly LabelPath this[int path] => ref _paths[path];

    /// <summary>Forgets all but the path of the empty text.</summary>
    public void Clear() => _count = 1;

    /// <summary>A path with one label more; there must be room for it.</summary>
    /// <param name="before">The path before.</param>
    /// <param name="step">Time step at which the label is most probable.</param>
    /// <param name="logShare">ln of that probability.</param>
    public int Add(int before, int step, float logShare)
    {
        _paths[_count] = new LabelPath(before, step, logShare);
        return _count++;
    }

    /// <summary>Makes room for more paths.</summary>
    /// <param name="more">How many.</param>
    /// <param name="held">The paths that are still needed; they may move.</param>
    public void Reserve(int more, Span<int> held)
    {
        if (_count + more <= _paths.Length)
        {
            return;
        }

        Compact(held);
        if (2 * (_count + more) > _paths.Length)
        {
            Array.Resize(ref _paths, 4 * (_count + more));
            Array.Resize(ref _moved, _paths.Length);
        }
    }

    /// <summary>A copy that shares nothing.</summary>
    public LabelPaths Copy() => new(_paths.Length) { _paths = [.. _paths], _count = _count };

    /// <summary>Writes the paths that are still needed, and drops all others.</summary>
    /// <param name="state">Receives them.</param>
    /// <param name="held">The paths that are still needed; they may move.</param>
    public void Save(StateWriter state, Span<int> held)
    {
        Compact(held);
        state.Long(_count - 1);
        for (int path = 1; path < _count; path++)
        {
            state.Long(_paths[path].Before);
            state.Long(_paths[path].Step);
            state.Double(_paths[path].LogShare);
        }
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <returns>Number of labels of each path.</returns>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public int[] Restore(StateReader state)
    {
        Clear();
        int count = state.Int(0, state.Left);
        int[] lengths = new int[count + 1];
        if (count + 1 > _paths.Length)
        {
            (_paths, _moved) = (new LabelPath[4 * (count + 1)], new int[4 * (count + 1)]);
        }

        for (int path = 1; path <= count; path++)
        {
            int before = state.Int(0, path - 1);
            lengths[path] = lengths[before] + 1;
            Add(before, state.Int(0, int.MaxValue), (float)state.Double());
        }

        return lengths;
    }

    private void Compact(Span<int> held)
    {
        Span<int> moved = _moved.AsSpan(0, _count);
        moved.Clear();
        foreach (int path in held)
        {
            moved[path] = 1;
        }

        for (int path = _count - 1; path > Empty; path--)
        {
            moved[_paths[path].Before] |= moved[path];
        }

        int kept = 1;
        for (int path = 1; path < _count; path++)
        {
            if (moved[path] != 0)
            {
                _paths[kept] = _paths[path] with { Before = _paths[path].Before == Empty ? Empty : moved[_paths[path].Before] };
                moved[path] = kept++;
            }
        }

        foreach (ref int path in held)
        {
            path = path == Empty ? Empty : moved[path];
        }

        _count = kept;
    }
}

/// <summary>One label on its way.</summary>
/// <param name="Before">The path before it.</param>
/// <param name="Step">Time step at which it is most probable.</param>
/// <param name="LogShare">ln of that probability.</param>
internal readonly record struct LabelPath(int Before, int Step, float LogShare);
