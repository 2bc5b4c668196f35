using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Carousel.Conformance;

/// <summary>Compares what was computed with what a case expects, tensor by tensor, and keeps every disagreement until the end.</summary>
internal sealed class Comparison(ConformanceCase vector)
{
    private readonly Dictionary<string, JsonElement> _results = vector.Results().ToDictionary(result => result.Path, result => result.Value);
    private readonly HashSet<string> _compared = [];
    private readonly List<string> _problems = [];
    private readonly Tolerance _tolerance = Tolerance.For(vector);

    /// <summary>True when the case expects this output (some outputs are in some cases of a kind only).</summary>
    public bool Expects(string name) => _results.ContainsKey($"expected.{name}");

    /// <summary>Compares a tensor with `expected.name`; integers and flags must be equal, other numbers within the tolerance.</summary>
    public void Output(string name, ReadOnlySpan<double> actual) => Compare($"expected.{name}", actual, gradient: false);

    /// <inheritdoc cref="Output(string, ReadOnlySpan{double})"/>
    public void Output(string name, ReadOnlySpan<float> actual) => Output(name, Widen(actual));

    /// <inheritdoc cref="Output(string, ReadOnlySpan{double})"/>
    public void Output(string name, ReadOnlySpan<int> actual) => Output(name, Array.ConvertAll(actual.ToArray(), value => (double)value));

    /// <summary>Compares one number with `expected.name`.</summary>
    public void Output(string name, double actual) => Output(name, [actual]);

    /// <summary>Compares a gradient with `gradients.inputs.name`.</summary>
    public void InputGradient(string name, ReadOnlySpan<float> actual) => Compare($"gradients.inputs.{name}", Widen(actual), gradient: true);

    /// <summary>Compares a gradient with `gradients.parameters.name`.</summary>
    public void ParameterGradient(string name, ReadOnlySpan<float> actual) => Compare($"gradients.parameters.{name}", Widen(actual), gradient: true);

    /// <summary>Records whether a result that is neither number nor tensor (text, lists) agrees.</summary>
    /// <param name="name">Name below `expected`.</param>
    /// <param name="agrees">Whether it does.</param>
    /// <param name="difference">Where it differs, what was found and what was expected.</param>
    public void Structure(string name, bool agrees, string difference)
    {
        _compared.Add($"expected.{name}");
        if (!agrees)
        {
            _problems.Add($"{vector.File}: expected.{name}: {difference}");
        }
    }

    /// <summary>Compares a number that stands inside a list or object of `expected` and therefore has no tensor of its own.</summary>
    public void Inside(string name, string where, double actual, double expected)
    {
        _compared.Add($"expected.{name}");
        if (!Agree(actual, expected, _tolerance.Absolute + (_tolerance.Relative * Math.Abs(expected))))
        {
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{vector.File}: expected.{name} {where}: actual {actual:R}, expected {expected:R}"));
        }
    }

    /// <summary>Fails the test when anything disagreed, or was expected and never compared.</summary>
    public void Finish()
    {
        foreach (string missing in _results.Keys.Where(path => !_compared.Contains(path)))
        {
            _problems.Add($"{vector.File}: {missing} was never compared");
        }

        if (_problems.Count > 0)
        {
            Assert.Fail(string.Join('\n', _problems));
        }
    }

    private void Compare(string path, ReadOnlySpan<double> actual, bool gradient)
    {
        _compared.Add(path);
        if (!_results.TryGetValue(path, out JsonElement json))
        {
            _problems.Add($"{vector.File}: {path} was computed but the case does not give it");
            return;
        }

        CaseTensor expected = Read(json);
        if (expected.Data.Length != actual.Length)
        {
            _problems.Add($"{vector.File}: {path}: {actual.Length} values, expected shape [{string.Join(',', expected.Shape)}]");
            return;
        }

        double largest = expected.Data.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        int wrong = 0, worst = -1;
        double worstExcess = double.NegativeInfinity;
        for (int i = 0; i < actual.Length; i++)
        {
            double allowed = expected.IsExact ? 0
                : gradient ? _tolerance.Gradient * Math.Max(1, largest)
                : _tolerance.Absolute + (_tolerance.Relative * Math.Abs(expected.Data[i]));
            if (Agree(actual[i], expected.Data[i], allowed))
            {
                continue;
            }

            wrong++;
            double excess = Math.Abs(actual[i] - expected.Data[i]) - allowed;
            if (worst < 0 || excess > worstExcess || double.IsNaN(excess))
            {
                worst = i;
                worstExcess = double.IsNaN(excess) ? double.PositiveInfinity : excess;
            }
        }

        if (wrong > 0)
        {
            var message = new StringBuilder();
            string index = expected.Shape.Length == 0 ? "" : $"[{string.Join(',', Position(worst, expected.Shape))}]";
            message.Append(CultureInfo.InvariantCulture, $"{vector.File}: {path}{index}: actual {actual[worst]:R}, expected {expected.Data[worst]:R}");
            message.Append(CultureInfo.InvariantCulture, $"; {wrong} of {actual.Length} values are outside the tolerance {_tolerance}");
            _problems.Add(message.ToString());
        }
    }

    private static bool Agree(double actual, double expected, double allowed) =>
        double.IsNaN(expected) ? double.IsNaN(actual)
        : double.IsInfinity(expected) ? actual.Equals(expected)
        : Math.Abs(actual - expected) <= allowed;

    /// <summary>A tensor, a plain number, or a plain list of numbers; a JSON integer must be met exactly.</summary>
    private static CaseTensor Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => CaseTensor.Read(json),
        JsonValueKind.Array => new CaseTensor(
            [json.GetArrayLength()],
            json.EnumerateArray().All(IsInteger) ? "int64" : "float64",
            [.. json.EnumerateArray().Select(CaseTensor.ReadNumber)]),
        _ => new CaseTensor([], IsInteger(json) ? "int64" : "float64", [CaseTensor.ReadNumber(json)]),
    };

    // The vectors print float64 with a point or exponent, so a number without one is a count.
    private static bool IsInteger(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.GetRawText().All(character => char.IsAsciiDigit(character) || character == '-');

    private static int[] Position(int flat, int[] shape)
    {
        int[] position = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            position[axis] = flat % shape[axis];
            flat /= shape[axis];
        }

        return position;
    }

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }

        return wide;
    }
}
