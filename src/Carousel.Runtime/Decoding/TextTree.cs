using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// Texts that share their beginnings: each node is a text, its parent the text without the last label. A node lives as long as somebody holds it or a longer text; its place is
/// then used again, so that a search which runs for hours stays small.
/// </summary>
internal sealed class TextTree
{
    /// <summary>The empty text.</summary>
    public const int Empty = 0;

    private readonly Dictionary<long, int> _children;
    private readonly Stack<int> _free;
    private TextNode[] _nodes;
    private int _used;

    /// <summary>A tree that holds the empty text.</summary>
    /// <param name="score">What that is worth.</param>
    /// <param name="capacity">Texts to make room for, 1 or more.</param>
    public TextTree(TextScore score, int capacity)
    {
        (_children, _free, _nodes) = (new Dictionary<long, int>(capacity), new Stack<int>(capacity), new TextNode[capacity]);
        Clear(score);
    }

    /// <summary>Forgets all texts but the empty one.</summary>
    /// <param name="score">What that is worth.</param>
    public void Clear(TextScore score)
    {
        _children.Clear();
        _free.Clear();
        _nodes[Empty] = new TextNode { Parent = -1, Score = score, Holders = 1 };
        _used = 1;
    }

    /// <summary>A text that is held.</summary>
    public ref TextNode this[int node] => ref _nodes[node];

    /// <summary>The text with one label more; −1 when nobody holds it.</summary>
    public int Find(int node, int label) => _children.GetValueOrDefault(Key(node, label), -1);

    /// <summary>Makes the text with one label more, which must not be there, held by nobody yet.</summary>
    public int Add(int node, int label, in TextScore score)
    {
        if (!_free.TryPop(out int made))
        {
            made = _used++;
            if (made == _nodes.Length)
            {
                Array.Resize(ref _nodes, 2 * made);
            }
        }

        _nodes[made] = new TextNode { Parent = node, Label = label, Score = score };
        _nodes[node].Holders++;
        _children.Add(Key(node, label), made);
        return made;
    }

    /// <summary>Holds a text.</summary>
    public void Hold(int node) => _nodes[node].Holders++;

    /// <summary>Lets a text go, and with it all its beginnings that nobody else holds.</summary>
    public void Release(int node)
    {
        while (node != Empty && --_nodes[node].Holders == 0)
        {
            _children.Remove(Key(_nodes[node].Parent, _nodes[node].Label));
            _free.Push(node);
            node = _nodes[node].Parent;
        }
    }

    /// <summary>A copy that shares nothing.</summary>
    public TextTree Copy()
    {
        var copy = new TextTree(default, _nodes.Length) { _used = _used, _nodes = [.. _nodes] };
        foreach ((long key, int node) in _children)
        {
            copy._children.Add(key, node);
        }

        foreach (int node in _free.Reverse())
        {
            copy._free.Push(node);
        }

        return copy;
    }

    /// <summary>Writes some texts with all their beginnings, but for what they are worth.</summary>
    /// <param name="state">Receives them.</param>
    /// <param name="held">The texts.</param>
    /// <returns>The number of each text that was written, by its place in the tree; the empty one has 0.</returns>
    public Dictionary<int, int> Save(StateWriter state, IEnumerable<int> held)
    {
        // Beginnings before what goes on from them, numbered as they come, whatever their places in the tree.
        var numbers = new Dictionary<int, int> { [Empty] = 0 };
        var texts = new List<int>();
        foreach (int whole in held)
        {
            int first = texts.Count;
            for (int text = whole; !numbers.ContainsKey(text); text = _nodes[text].Parent)
            {
                texts.Add(text);
            }

            texts.Reverse(first, texts.Count - first);
            for (; first < texts.Count; first++)
            {
                numbers[texts[first]] = first + 1;
            }
        }

        state.Long(texts.Count);
        foreach (int text in texts)
        {
            state.Long(numbers[_nodes[text].Parent]);
            state.Long(_nodes[text].Label);
        }

        return numbers;
    }

    /// <summary>Adds what <see cref="Save"/> wrote; the tree must hold the empty text alone.</summary>
    /// <param name="state">Where from.</param>
    /// <param name="classes">Classes that a label may be.</param>
    /// <param name="blank">The one that it may not be.</param>
    /// <returns>Place in the tree and number of labels of each text, by its number; held by nobody yet, worth nothing.</returns>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public (int Text, int Length)[] Restore(StateReader state, int classes, int blank)
    {
        var texts = new (int Text, int Length)[1 + state.Int(0, state.Left)];
        for (int number = 1; number < texts.Length; number++)
        {
            (int parent, int length) = texts[state.Int(0, number - 1)];
            int label = state.Int(0, classes - 1);
            if (label == blank || Find(parent, label) >= 0)
            {
                throw new InvalidDataException($"text {number} ends in the blank, or comes twice");
            }

            texts[number] = (Add(parent, label, default), length + 1);
        }

        return texts;
    }

    private static long Key(int node, int label) => ((long)node << 32) | (uint)label;
}

/// <summary>A text by its last label.</summary>
internal struct TextNode
{
    /// <summary>The text without its last label; −1 for the empty text.</summary>
    public int Parent;

    /// <summary>Class of the last label.</summary>
    public int Label;

    /// <summary>Longer texts and searches that need this one.</summary>
    public int Holders;

    /// <summary>What it is worth beside what was heard.</summary>
    public TextScore Score;
}
