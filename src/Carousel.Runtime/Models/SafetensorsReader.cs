using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Carousel.Runtime.Models;

/// <summary>
/// Reads a safetensors file that may be damaged or hostile. Nothing is allocated for a size before the file has proved long enough for it, and every
/// deviation from the format is refused by name.
/// </summary>
internal sealed class SafetensorsReader(Stream stream, string path)
{
    // Axes of a tensor; far more than anyone uses.
    private const int MostAxes = 32;

    // Tensors of a file; far more than any model has, and few enough to keep a header of nothing but empty tensors cheap.
    private const int MostTensors = 1 << 16;

    // Bytes of the shortest header entry, {"dtype":"U8","shape":[],"data_offsets":[0,0]}.
    private const int ShortestEntry = 48;

    private Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private bool _hasMetadata;

    /// <summary>Reads everything up to the stream's end.</summary>
    /// <exception cref="ModelFileException">The file is not sound.</exception>
    public SafetensorsFile Read()
    {
        long length = stream.Length - stream.Position;
        byte[] header = ReadHeader(length);
        ParseHeader(header);
        return new SafetensorsFile(ReadTensors(length - SafetensorsHeader.LengthBytes - header.Length), _metadata);
    }

    private byte[] ReadHeader(long length)
    {
        if (length < SafetensorsHeader.LengthBytes)
        {
            throw Bad($"is truncated: {length} bytes, expected at least the {SafetensorsHeader.LengthBytes} of the header's length");
        }

        Span<byte> lengthBytes = stackalloc byte[SafetensorsHeader.LengthBytes];
        ReadExactly(lengthBytes, null);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength > SafetensorsHeader.LongestHeader)
        {
            throw Bad($"is not a safetensors file: it claims a header of {headerLength} bytes, expected at most {SafetensorsHeader.LongestHeader}");
        }

        if ((long)headerLength > length - SafetensorsHeader.LengthBytes)
        {
            throw Bad($"is truncated: {length} bytes, expected a header of {headerLength} bytes after the first {SafetensorsHeader.LengthBytes}");
        }

        byte[] header = new byte[headerLength];
        ReadExactly(header, null);
        if (header.Length == 0 || header[0] != (byte)'{')
        {
            throw Bad("is not a safetensors file: its header does not start with '{'");
        }

        if (!Utf8.IsValid(header))
        {
            throw Bad("header is not valid UTF-8");
        }

        return header;
    }

    private void ParseHeader(ReadOnlySpan<byte> header)
    {
        // One allocation, at most as large as the header, instead of a growing series.
        _entries = new(Math.Min(header.Length / ShortestEntry, MostTensors), StringComparer.Ordinal);
        var json = new Utf8JsonReader(header);
        try
        {
            Expect(ref json, JsonTokenType.StartObject, "an object");
            while (ReadKey(ref json) is { } name)
            {
                if (name == SafetensorsFile.MetadataKey)
                {
                    ParseMetadata(ref json);
                }
                else
                {
                    ParseTensor(ref json, name);
                }
            }

            json.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: an escape that is half of a surrogate pair.
            throw new ModelFileException(path, $"header is not valid JSON: {e.Message}", null, e);
        }
    }

    private void ParseMetadata(ref Utf8JsonReader json)
    {
        if (_hasMetadata)
        {
            throw Bad($"header has '{SafetensorsFile.MetadataKey}' twice");
        }

        _hasMetadata = true;
        Expect(ref json, JsonTokenType.StartObject, $"an object under '{SafetensorsFile.MetadataKey}'");
        while (ReadKey(ref json) is { } key)
        {
            Expect(ref json, JsonTokenType.String, $"a text under '{SafetensorsFile.MetadataKey}.{key}'");
            if (!_metadata.TryAdd(key, json.GetString()!))
            {
                throw Bad($"header has '{SafetensorsFile.MetadataKey}.{key}' twice");
            }
        }
    }

    private void ParseTensor(ref Utf8JsonReader json, string name)
    {
        Expect(ref json, JsonTokenType.StartObject, "an object", name);
        ElementType? type = null;
        int[]? shape = null;
        long begin = -1, end = -1;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            // Keys are compared where they stand: a string for each would cost more than the file.
            if (json.ValueTextEquals("dtype"u8) && type is null)
            {
                type = ParseType(ref json, name);
            }
            else if (json.ValueTextEquals("shape"u8) && shape is null)
            {
                shape = ParseShape(ref json, name);
            }
            else if (json.ValueTextEquals("data_offsets"u8) && begin < 0)
            {
                Expect(ref json, JsonTokenType.StartArray, "a list under 'data_offsets'", name);
                begin = ParseOffset(ref json, name);
                end = ParseOffset(ref json, name);
                Expect(ref json, JsonTokenType.EndArray, "two numbers under 'data_offsets'", name);
            }
            else
            {
                throw Bad($"has an unknown or repeated key '{json.GetString()}', expected dtype, shape and data_offsets once each", name);
            }
        }

        if (type is null || shape is null || begin < 0)
        {
            throw Bad("header entry is incomplete, expected dtype, shape and data_offsets", name);
        }

        if (end < begin)
        {
            throw Bad($"data_offsets are {begin} and {end}, expected the end at or after the beginning", name);
        }

        long bytes = StoredTensor.ByteCount(type.Value, shape);
        if (bytes != end - begin)
        {
            string needed = bytes < 0 ? "more than 64 bits can count" : $"{bytes}";
            throw Bad($"{type.Value.Spelling()} [{string.Join(", ", shape)}] takes {needed} bytes, found {end - begin} in data_offsets", name);
        }

        if (!_entries.TryAdd(name, new Entry(name, type.Value, shape, begin, end)))
        {
            throw Bad("stands twice in the header", name);
        }

        if (_entries.Count > MostTensors)
        {
            throw Bad($"has more than {MostTensors} tensors, which this build does not read");
        }
    }

    private ElementType ParseType(ref Utf8JsonReader json, string name)
    {
        Expect(ref json, JsonTokenType.String, "a text under 'dtype'", name);
        for (int i = 0; i < ElementTypes.Spellings.Length; i++)
        {
            if (json.ValueTextEquals(ElementTypes.Spellings[i]))
            {
                return (ElementType)i;
            }
        }

        throw Bad($"dtype is '{json.GetString()}', expected one of {string.Join(", ", ElementTypes.Spellings)}", name);
    }

    private int[] ParseShape(ref Utf8JsonReader json, string name)
    {
        Expect(ref json, JsonTokenType.StartArray, "a list under 'shape'", name);
        Span<int> shape = stackalloc int[MostAxes];
        int axes = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (axes == MostAxes)
            {
                throw Bad($"shape has more than {MostAxes} axes", name);
            }

            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out shape[axes]) || shape[axes] < 0)
            {
                throw Bad($"axis {axes} of the shape is {Found(ref json)}, expected a whole number 0 … {int.MaxValue}", name);
            }

            axes++;
        }

        return shape[..axes].ToArray();
    }

    private long ParseOffset(ref Utf8JsonReader json, string name)
    {
        Expect(ref json, JsonTokenType.Number, "a number in 'data_offsets'", name);
        return json.TryGetInt64(out long offset) && offset >= 0
            ? offset
            : throw Bad($"data_offsets hold {Found(ref json)}, expected a whole number 0 or more", name);
    }

    private StoredTensor[] ReadTensors(long available)
    {
        // In file order; an empty tensor stands before the one that starts at the same place.
        Entry[] entries = [.. _entries.Values];
        Array.Sort(entries, static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long end = 0;
        foreach (Entry entry in entries)
        {
            if (entry.Begin != end)
            {
                string kind = entry.Begin < end ? "overlap the tensor before" : "leave a gap after the tensor before";
                throw Bad($"data_offsets {entry.Begin} … {entry.End} {kind}, which ends at {end}", entry.Name);
            }

            end = entry.End;
            if (end > available)
            {
                throw Bad($"is truncated: data_offsets end at {end}, found {available} bytes of data in the file", entry.Name);
            }

            if (end - entry.Begin > Array.MaxLength)
            {
                throw Bad($"has {end - entry.Begin} bytes, this build reads at most {Array.MaxLength} per tensor", entry.Name);
            }
        }

        if (end != available)
        {
            throw Bad($"has {available} bytes of data, expected {end}, where the last tensor ends");
        }

        // All in one array, where that can hold them: many large ones in a row would start garbage collections.
        byte[]? all = available <= Array.MaxLength ? GC.AllocateUninitializedArray<byte>((int)available) : null;
        return Array.ConvertAll(entries, entry =>
        {
            int length = (int)(entry.End - entry.Begin);
            Memory<byte> bytes = all is null ? GC.AllocateUninitializedArray<byte>(length) : all.AsMemory((int)entry.Begin, length);
            ReadExactly(bytes.Span, entry.Name);
            return new StoredTensor(entry.Name, entry.Type, entry.Shape, bytes);
        });
    }

    /// <summary>The next key of the current object, or null at its end.</summary>
    private static string? ReadKey(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.PropertyName ? json.GetString() : null;
    }

    private void Expect(ref Utf8JsonReader json, JsonTokenType token, string expected, string? tensor = null)
    {
        if (!json.Read() || json.TokenType != token)
        {
            throw Bad($"header holds {Found(ref json)}, expected {expected}", tensor);
        }
    }

    private static string Found(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(json.ValueSpan.Length, 40)]),
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a text",
        JsonTokenType.EndArray or JsonTokenType.EndObject or JsonTokenType.None => "nothing more",
        _ => json.TokenType.ToString(),
    };

    private void ReadExactly(Span<byte> bytes, string? tensor)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new ModelFileException(path, "became shorter while it was read", tensor, e);
        }
    }

    private ModelFileException Bad(string reason, string? tensor = null) => new(path, reason, tensor);

    // No structure: generic collections of those are compiled in every process anew.
    private sealed record Entry(string Name, ElementType Type, int[] Shape, long Begin, long End);
}
