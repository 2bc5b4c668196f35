using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Carousel.Runtime.Records;

/// <summary>
/// Reads the JSON of a model file straight into its records. A record names its fields once, in its <c>With</c>, where a key is called after its property:
/// <c>this with { HiddenSize = json.Get(HiddenSize) }</c> is the number under <c>hidden_size</c>, or stays what it is when there is none.
/// </summary>
/// <remarks>
/// It knows what is right, not what is wrong: whatever it does not expect ends it, and <c>Models.ConfigJson</c>, which takes ten times as long to get ready as a model takes to
/// load, reads the text again and says what it thinks of it. So a field that a <c>With</c> forgets costs time, but changes no answer.
/// </remarks>
internal sealed class RecordReader
{
    private readonly ReadOnlyMemory<byte> _json;

    // Where the values start that nobody has asked for yet.
    private readonly Dictionary<string, int> _values = new(StringComparer.Ordinal);

    // The first object of the text; what comes after it is of no interest here.
    private RecordReader(ReadOnlyMemory<byte> json)
    {
        _json = json;
        var reader = new Utf8JsonReader(json.Span);
        Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(_values.TryAdd(key, (int)reader.TokenStartIndex));
            reader.Skip();
        }
    }

    private delegate T ValueReader<T>(ref Utf8JsonReader json);

    /// <summary>Reads a record.</summary>
    /// <param name="text">One JSON object.</param>
    /// <param name="record">Makes the record of its fields.</param>
    /// <returns>Null when there is anything in the text that this reader does not expect.</returns>
    public static T? Read<T>(string text, Func<RecordReader, T> record)
        where T : class
    {
        try
        {
            byte[] json = Encoding.UTF8.GetBytes(text);
            var whole = new Utf8JsonReader(json);
            whole.Read();
            whole.Skip();
            Expect(!whole.Read());
            return Read<T>(json, record);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // FormatException: a number that does not fit. InvalidOperationException: a value of another kind than was asked for, or half of a surrogate pair.
            return null;
        }
    }

    /// <summary>What ends the reading: no answer, and not seen outside.</summary>
    public static JsonException Unexpected() => new();

    /// <summary>The text under a key that says which record this is.</summary>
    public string Kind(string key) => Find(key, out Utf8JsonReader value) ? Text(ref value) : throw Unexpected();

    public int Get(int value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        Find(property, out Utf8JsonReader json) ? json.GetInt32() : value;

    public int? Get(int? value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        !Find(property, out Utf8JsonReader json) ? value : json.TokenType == JsonTokenType.Null ? null : json.GetInt32();

    public float Get(float value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        Find(property, out Utf8JsonReader json) ? json.GetSingle() : value;

    public float? Get(float? value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        !Find(property, out Utf8JsonReader json) ? value : json.TokenType == JsonTokenType.Null ? null : json.GetSingle();

    public double Get(double value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        Find(property, out Utf8JsonReader json) ? json.GetDouble() : value;

    public bool Get(bool value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        Find(property, out Utf8JsonReader json) ? json.GetBoolean() : value;

    public string? Get(string? value, [CallerArgumentExpression(nameof(value))] string property = "") =>
        Find(property, out Utf8JsonReader json) ? json.GetString() : value;

    /// <summary>A value of an enumeration by its name in snake_case.</summary>
    public T Get<T>(T value, [CallerArgumentExpression(nameof(value))] string property = "")
        where T : struct, Enum
    {
        if (!Find(property, out Utf8JsonReader json))
        {
            return value;
        }

        string found = Text(ref json);
        int at = Array.FindIndex(Enum.GetNames<T>(), name => SnakeCase(name) == found);
        Expect(at >= 0);
        return Enum.GetValues<T>()[at];
    }

    public IReadOnlyList<string> Get(IReadOnlyList<string> values, [CallerArgumentExpression(nameof(values))] string property = "") => GetList(values, property, Text);

    public IReadOnlyList<int> Get(IReadOnlyList<int> values, [CallerArgumentExpression(nameof(values))] string property = "") =>
        GetList(values, property, static (ref json) => json.GetInt32());

    public IReadOnlyList<double> Get(IReadOnlyList<double> values, [CallerArgumentExpression(nameof(values))] string property = "") =>
        GetList(values, property, static (ref json) => json.GetDouble());

    /// <summary>A record within this one. Of one that is there, fields left out have the defaults of <paramref name="record"/>, not those of <paramref name="value"/>.</summary>
    public T Get<T>(T value, Func<RecordReader, T> record, [CallerArgumentExpression(nameof(value))] string property = "")
        where T : class => Find(property, out ReadOnlyMemory<byte> json) ? Read(json, record) : value ?? throw Unexpected();

    /// <summary>A record within this one, or null.</summary>
    public T? GetOrNull<T>(T? value, Func<RecordReader, T> record, [CallerArgumentExpression(nameof(value))] string property = "")
        where T : class => !Find(property, out ReadOnlyMemory<byte> json) ? value : json.Span.StartsWith("null"u8) ? null : Read(json, record);

    /// <summary>A list of records within this one.</summary>
    public IReadOnlyList<T> Get<T>(IReadOnlyList<T> values, Func<RecordReader, T> record, [CallerArgumentExpression(nameof(values))] string property = "")
        where T : class
    {
        if (!Find(property, out ReadOnlyMemory<byte> json))
        {
            return values;
        }

        var found = new List<T>();
        var list = new Utf8JsonReader(json.Span);
        Expect(list.Read() && list.TokenType == JsonTokenType.StartArray);
        while (list.Read() && list.TokenType != JsonTokenType.EndArray)
        {
            found.Add(Read(json[(int)list.TokenStartIndex..], record));
            list.Skip();
        }

        return found;
    }

    private static T Read<T>(ReadOnlyMemory<byte> json, Func<RecordReader, T> record)
    {
        var reader = new RecordReader(json);
        T read = record(reader);
        Expect(reader._values.Count == 0);
        return read;
    }

    private static string Text(ref Utf8JsonReader json) => json.GetString() ?? throw Unexpected();

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static void Expect(bool isSo)
    {
        if (!isSo)
        {
            throw Unexpected();
        }
    }

    private IReadOnlyList<T> GetList<T>(IReadOnlyList<T>? values, string property, ValueReader<T> value)
    {
        if (!Find(property, out Utf8JsonReader list))
        {
            return values ?? throw Unexpected();
        }

        Expect(list.TokenType == JsonTokenType.StartArray);
        var found = new List<T>();
        while (list.Read() && list.TokenType != JsonTokenType.EndArray)
        {
            found.Add(value(ref list));
        }

        return found;
    }

    private bool Find(string property, out Utf8JsonReader value)
    {
        bool isThere = Find(property, out ReadOnlyMemory<byte> json);
        value = new Utf8JsonReader(json.Span);
        return isThere && value.Read();
    }

    private bool Find(string property, out ReadOnlyMemory<byte> value)
    {
        bool isThere = _values.Remove(SnakeCase(property), out int start);
        value = isThere ? _json[start..] : default;
        return isThere;
    }
}
