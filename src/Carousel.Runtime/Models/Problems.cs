using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Carousel.Runtime.Models;

/// <summary>Collects what is wrong with a config, one sentence per field, so that a person sees every problem at once.</summary>
internal sealed class Problems : IEnumerable<string>
{
    // Large enough for any vocabulary, small enough that 4·H and the like never overflow.
    private const int LargestSize = 1 << 24;
    private const int MostLayers = 1000;

    private readonly List<string> _sentences = [];

    /// <summary>A width: 1 … 2²⁴.</summary>
    public Problems Size(int value, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(value is >= 1 and <= LargestSize, field, value, $"1 … {LargestSize}");

    /// <summary>A number of stacked layers: 1 … 1000.</summary>
    public Problems Depth(int value, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(value is >= 1 and <= MostLayers, field, value, $"1 … {MostLayers}");

    /// <summary>A width that may be 0 for "none" and must stay below another one.</summary>
    public Problems Projection(int value, int hidden, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(value == 0 || (value >= 1 && value < hidden), field, value, $"0 (none) or 1 … hidden_size − 1 = {hidden - 1}");

    /// <summary>A whole number within bounds.</summary>
    public Problems Range(int value, int from, int to, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(value >= from && value <= to, field, value, $"{from} … {to}");

    /// <summary>A place in a list: 0 … count − 1.</summary>
    public Problems Index(int value, int count, [CallerArgumentExpression(nameof(value))] string field = "") => Range(value, 0, count - 1, field);

    /// <summary>A probability of dropping: 0 ≤ p &lt; 1.</summary>
    public Problems Rate(float value, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(value is >= 0 and < 1, field, value, "0 ≤ p < 1");

    /// <summary>A finite number.</summary>
    public Problems Finite(float value, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(float.IsFinite(value), field, value, "a finite number");

    /// <summary>A finite number above zero.</summary>
    public Problems Positive(float value, [CallerArgumentExpression(nameof(value))] string field = "") =>
        Require(float.IsFinite(value) && value > 0, field, value, "a finite number above 0");

    /// <summary>A named value of an enumeration.</summary>
    public Problems Named<T>(T value, [CallerArgumentExpression(nameof(value))] string field = "")
        where T : struct, Enum =>
        Require(Enum.IsDefined(value), field, value, string.Join(" or ", Enum.GetNames<T>().Select(SnakeCase)));

    /// <summary>Adds "field is found, expected …" unless <paramref name="holds"/>.</summary>
    public Problems Require(bool holds, string field, object? found, string expected) =>
        Unless(holds, $"{SnakeCase(field)} is {found ?? "missing"}, expected {expected}");

    /// <summary>Adds the sentence unless <paramref name="holds"/>.</summary>
    public Problems Unless(bool holds, string sentence)
    {
        if (!holds)
        {
            _sentences.Add(sentence);
        }

        return this;
    }

    /// <summary>Adds the problems of a part, each led by where the part stands.</summary>
    public Problems Within(string place, IEnumerable<string> problems)
    {
        _sentences.AddRange(problems.Select(problem => $"{place}.{problem}"));
        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _sentences.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
