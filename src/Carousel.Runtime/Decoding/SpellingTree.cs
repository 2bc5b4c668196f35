namespace Carousel.Runtime.Decoding;

/// <summary>Words by their spelling, label after label: which words begin with what has been heard of one. Node 0 is the beginning of every word. Immutable once filled.</summary>
internal sealed class SpellingTree
{
    /// <summary>The beginning of every word.</summary>
    public const int Root = 0;

    /// <summary>What no word begins with.</summary>
    public const int None = -1;

    private readonly Dictionary<long, int> _children = [];
    private readonly List<int> _words = [None], _depths = [0], _shortest = [int.MaxValue];

    /// <summary>True while there is no word.</summary>
    public bool IsEmpty => _words.Count == 1;

    /// <summary>The node with the highest number.</summary>
    public int Last => _words.Count - 1;

    /// <summary>Adds a word.</summary>
    /// <param name="labels">Its labels, one or more.</param>
    /// <param name="word">What <see cref="WordAt"/> then gives, 0 or more.</param>
    public void Add(ReadOnlySpan<int> labels, int word)
    {
        int node = Root;
        foreach (int label in labels)
        {
            if (!_children.TryGetValue(Key(node, label), out int child))
            {
                child = _children[Key(node, label)] = _words.Count;
                _words.Add(None);
                _depths.Add(_depths[node] + 1);
                _shortest.Add(int.MaxValue);
            }

            node = child;
            _shortest[node] = Math.Min(_shortest[node], labels.Length);
        }

        _words[node] = word;
    }

    /// <summary>One label further; <see cref="None"/> when no word goes on like this.</summary>
    /// <param name="node">A node, or <see cref="None"/>.</param>
    /// <param name="label">The label.</param>
    public int Next(int node, int label) => node >= 0 && _children.TryGetValue(Key(node, label), out int child) ? child : None;

    /// <summary>The word that is spelled at a node; <see cref="None"/> when none is.</summary>
    /// <param name="node">A node, or <see cref="None"/>.</param>
    public int WordAt(int node) => node >= 0 ? _words[node] : None;

    /// <summary>How much of the shortest word that begins like this has been heard, 0 … 1.</summary>
    /// <param name="node">A node, or <see cref="None"/>.</param>
    public float Progress(int node) => node > 0 ? (float)_depths[node] / _shortest[node] : 0;

    private static long Key(int node, int label) => ((long)node << 32) | (uint)label;
}
