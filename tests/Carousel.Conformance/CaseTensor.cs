using System.Text.Json;

namespace Carousel.Conformance;

/// <summary>A tensor of a case: {"shape", "dtype", "data"}, row-major. Every number is held as float64, which is exact for the integers and flags used.</summary>
/// <param name="Shape">Extent of each axis; empty for a scalar.</param>
/// <param name="DataType">"float64", "int64" or "bool".</param>
/// <param name="Data">The numbers, last axis fastest; flags are 0 and 1.</param>
internal sealed record CaseTensor(int[] Shape, string DataType, double[] Data)
{
    /// <summary>True for integers and flags, which must agree exactly.</summary>
    public bool IsExact => DataType is "int64" or "bool";

    public float[] ToFloats() => Array.ConvertAll(Data, value => (float)value);

    public int[] ToIntegers() => Array.ConvertAll(Data, value => checked((int)value));

    public bool[] ToFlags() => Array.ConvertAll(Data, value => value != 0);

    /// <summary>True when a JSON value is a tensor.</summary>
    public static bool Is(JsonElement json) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty("data", out _);

    public static CaseTensor Read(JsonElement json)
    {
        int[] shape = [.. json.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32())];
        double[] data = [.. json.GetProperty("data").EnumerateArray().Select(ReadNumber)];
        int count = shape.Aggregate(1, (product, extent) => checked(product * extent));
        return count == data.Length
            ? new CaseTensor(shape, json.GetProperty("dtype").GetString()!, data)
            : throw new InvalidDataException($"a tensor of shape [{string.Join(',', shape)}] holds {data.Length} numbers");
    }

    /// <summary>A number, a flag, or one of the strings "NaN", "Infinity", "-Infinity".</summary>
    public static double ReadNumber(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String => json.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => throw new InvalidDataException($"'{text}' is not a number"),
        },
        _ => throw new InvalidDataException($"{json.ValueKind} is not a number"),
    };
}
