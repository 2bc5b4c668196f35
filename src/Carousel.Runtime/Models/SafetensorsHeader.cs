using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Carousel.Runtime.Models;

/// <summary>The first part of a safetensors file: where each tensor's elements stand.</summary>
internal static class SafetensorsHeader
{
    /// <summary>Longest header accepted, in bytes, as in the safetensors library.</summary>
    public const int LongestHeader = 100_000_000;

    /// <summary>Bytes of the length that leads the file.</summary>
    public const int LengthBytes = sizeof(ulong);

    // The elements start at a multiple of this, a cache line.
    private const int Alignment = 64;

    /// <summary>Length and canonical JSON of a file's header.</summary>
    public static ReadOnlySpan<byte> Write(SafetensorsFile file)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.GetSpan(LengthBytes)[..LengthBytes].Clear();
        buffer.Advance(LengthBytes);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, file);
            long offset = 0;
            foreach (StoredTensor tensor in file.Tensors)
            {
                WriteTensor(json, tensor, offset);
                offset += tensor.Bytes.Length;
            }

            json.WriteEndObject();
        }

        int padding = (Alignment - (buffer.WrittenCount % Alignment)) % Alignment;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);

        byte[] header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - LengthBytes));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, SafetensorsFile file)
    {
        if (file.MetadataKeys.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsFile.MetadataKey);
        foreach (string key in file.MetadataKeys)
        {
            json.WriteString(key, file.Metadata[key]);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, StoredTensor tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.Spelling());
        json.WriteStartArray("shape");
        foreach (int length in tensor.Shape)
        {
            json.WriteNumberValue(length);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.Bytes.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
