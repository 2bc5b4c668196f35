namespace Carousel.Numerics;

/// <summary>
/// The rows of a table whose gradient may differ from zero: few, where a table is only looked up. Whoever clears, measures or applies the gradient leaves the others alone.
/// </summary>
/// <param name="rows">Rows of the table.</param>
/// <param name="width">Elements of a row.</param>
internal sealed class GradientRows(int rows, int width)
{
    private readonly bool[] _isTouched = new bool[rows];
    private readonly List<int> _touched = [];

    /// <summary>True when something was added that is not known row by row.</summary>
    public bool IsAll { get; set; }

    /// <summary>Stretches that cover everything that may differ from zero.</summary>
    public int Count => IsAll ? 1 : _touched.Count;

    /// <summary>Start and length of a stretch, in elements; in the order in which the rows were first touched.</summary>
    public (int Start, int Length) this[int index] => IsAll ? (0, rows * width) : (_touched[index] * width, width);

    public void Touch(ReadOnlySpan<int> added)
    {
        foreach (int row in added)
        {
            if (!_isTouched[row])
            {
                _isTouched[row] = true;
                _touched.Add(row);
            }
        }
    }

    /// <summary>The gradient is zero everywhere again.</summary>
    public void Clear()
    {
        foreach (int row in _touched)
        {
            _isTouched[row] = false;
        }

        _touched.Clear();
        IsAll = false;
    }
}
