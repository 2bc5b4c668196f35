using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Carousel.Runtime.Models;

/// <summary>
/// The contents of one safetensors file: named tensors and pairs of text. The format is the one of the safetensors library: a 64-bit length, that many bytes
/// of JSON, then the elements of all tensors without a gap.
/// </summary>
/// <remarks>
/// Written files are canonical: metadata sorted by key, tensors by width of their elements (widest first, so that each is aligned) and then by name, the header
/// padded with spaces so that the elements start at a multiple of 64 bytes. The same content gives the same bytes. Numbers are little-endian, as on every
/// machine that .NET 10 supports for this library.
/// </remarks>
public sealed class SafetensorsFile
{
    /// <summary>The header's key for the pairs of text; no tensor can have this name.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The metadata key of the checksum that <see cref="WithChecksum"/> adds.</summary>
    public const string ChecksumKey = "checksum";

    // Bytes of tensors from which a thread saves more time than it takes to start, even where others want the processors too.
    private const long WorthAThread = 1 << 20;

    private readonly Dictionary<string, StoredTensor> _byName = new(StringComparer.Ordinal);
    private readonly string[] _keys;
    private volatile string? _checksum;
    private Thread? _checksumThread;

    /// <summary>Puts tensors and metadata together, in canonical order.</summary>
    /// <param name="tensors">With distinct names.</param>
    /// <param name="metadata">Pairs of text, or null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    public SafetensorsFile(IEnumerable<StoredTensor> tensors, IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var pairs = new Dictionary<string, string>(metadata ?? [], StringComparer.Ordinal);
        Metadata = pairs;
        _keys = [.. pairs.Keys];
        Array.Sort(_keys, StringComparer.Ordinal);
        StoredTensor[] sorted = [.. tensors];
        Array.Sort(sorted, Compare);
        Tensors = sorted;
        foreach (StoredTensor tensor in sorted)
        {
            if (!_byName.TryAdd(tensor.Name, tensor))
            {
                throw new ArgumentException($"two tensors are named '{tensor.Name}'", nameof(tensors));
            }
        }
    }

    /// <summary>Pairs of text.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The keys of <see cref="Metadata"/>, sorted: the order in which they are written.</summary>
    public IReadOnlyList<string> MetadataKeys => _keys;

    /// <summary>All tensors, in the order in which they are written.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>
    /// SHA-256, in lower-case hexadecimal, of each metadata key and value but the checksum's own, then of each tensor's name, type, shape and bytes in the
    /// order of <see cref="Tensors"/>. Independent of how the header is laid out. Computed once, when first asked for.
    /// </summary>
    public string Checksum
    {
        get
        {
            _checksumThread?.Join();
            return _checksum ??= ComputeChecksum();
        }
    }

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public StoredTensor this[string name] => TryGet(name, out StoredTensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"no tensor is named '{name}'{NearestName.Hint(name, _byName.Keys)}");

    /// <summary>Looks a tensor up.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out StoredTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Reads a whole file. A damaged or hostile file is refused, never costs more than a few times its size in memory, and never more than one pass.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="ModelFileException">The file is missing, cannot be read, or is not a sound safetensors file.</exception>
    public static SafetensorsFile Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(stream, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException(path, "there is no such file", null, e);
        }
        catch (UnauthorizedAccessException e)
        {
            string reason = Directory.Exists(path) ? "is a folder, expected a file" : "cannot be read: permission denied";
            throw new ModelFileException(path, reason, null, e);
        }
        catch (IOException e)
        {
            throw new ModelFileException(path, $"cannot be read: {e.Message}", null, e);
        }
    }

    /// <summary>Reads a whole file from a stream, up to the stream's end.</summary>
    /// <param name="stream">Read from its current position.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ModelFileException">It is not a sound safetensors file.</exception>
    public static SafetensorsFile Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.CanSeek)
        {
            return new SafetensorsReader(stream, name).Read();
        }

        using var whole = new MemoryStream();
        stream.CopyTo(whole);
        whole.Position = 0;
        return new SafetensorsReader(whole, name).Read();
    }

    /// <summary>Writes a file, either completely or not at all.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <exception cref="IOException">It cannot be written; the message says why and what to do.</exception>
    public void Save(string path) => AtomicFile.Write(path, Write);

    /// <summary>Writes the canonical bytes.</summary>
    /// <param name="stream">Written to from its current position.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(SafetensorsHeader.Write(this));
        foreach (StoredTensor tensor in Tensors)
        {
            stream.Write(tensor.Bytes.Span);
        }
    }

    /// <summary>This file with the checksum of its content among its metadata.</summary>
    public SafetensorsFile WithChecksum() => new(Tensors, [.. Metadata.Where(pair => pair.Key != ChecksumKey), new(ChecksumKey, Checksum)]);

    /// <summary>Computes <see cref="Checksum"/> of a large file on a thread of its own, for a caller that has other things to do before it needs it. Called once.</summary>
    internal void BeginChecksum()
    {
        long bytes = 0;
        foreach (StoredTensor tensor in Tensors)
        {
            bytes += tensor.Bytes.Length;
        }

        if (bytes < WorthAThread)
        {
            return;
        }

        _checksumThread = new Thread(() =>
        {
            try
            {
                _checksum = ComputeChecksum();
            }
            catch (Exception)
            {
                // Not to end the process here: whoever asks computes it again and meets the reason.
            }
        })
        { IsBackground = true };
        _checksumThread.Start();
    }

    /// <summary>Compares the content with the checksum among the metadata; a file without one passes.</summary>
    /// <param name="path">What the message calls the file.</param>
    /// <exception cref="ModelFileException">They differ.</exception>
    public void VerifyChecksum(string path)
    {
        if (Metadata.TryGetValue(ChecksumKey, out string? expected) && expected != Checksum)
        {
            throw new ModelFileException(path, $"is damaged: its content does not have the {ChecksumKey} it states "
                + "(copy it again; or, if it was edited on purpose, remove that key from the metadata)");
        }
    }

    /// <summary>Compares a value of the metadata with the one it must have.</summary>
    /// <param name="path">What the message calls the file.</param>
    /// <param name="key">The key; one that is missing counts as empty.</param>
    /// <param name="expected">What it must say.</param>
    /// <param name="reason">What another value means.</param>
    /// <exception cref="ModelFileException">It says something else.</exception>
    internal void Expect(string path, string key, string expected, string reason)
    {
        string found = Metadata.GetValueOrDefault(key, "");
        if (found != expected)
        {
            throw new ModelFileException(path, $"{reason}: {key} is '{Shown(found)}', expected '{Shown(expected)}'");
        }

        // Of a fingerprint the beginning is enough.
        static string Shown(string text) => text.Length <= 32 ? text : $"{text.AsSpan(0, 12)}…";
    }

    // The widest elements first, so that each is aligned.
    private static int Compare(StoredTensor a, StoredTensor b)
    {
        int width = b.Type.Bytes() - a.Type.Bytes();
        return width != 0 ? width : string.CompareOrdinal(a.Name, b.Name);
    }

    private string ComputeChecksum()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string key in _keys)
        {
            if (key != ChecksumKey)
            {
                Append(hash, key);
                Append(hash, Metadata[key]);
            }
        }

        foreach (StoredTensor tensor in Tensors)
        {
            Append(hash, tensor.ToString());
            hash.AppendData(tensor.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // The length first, so that no two different contents give one sequence of bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
