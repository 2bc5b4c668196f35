using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Carousel.Training;

/// <summary>Identifies the recipe and the data of a run, so that the checkpoint of another one is refused. The order in which things are added counts.</summary>
internal sealed class Fingerprint : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a text.</summary>
    public void Add(string text) => _hash.AppendData(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds a number: of values to come, so that they cannot be cut in another place.</summary>
    public void Add(int number) => Add([number]);

    /// <summary>Adds whole numbers.</summary>
    public void Add(ReadOnlySpan<int> values) => _hash.AppendData(MemoryMarshal.AsBytes(values));

    /// <summary>Adds numbers.</summary>
    public void Add(ReadOnlySpan<float> values) => _hash.AppendData(MemoryMarshal.AsBytes(values));

    /// <summary>Adds numbers.</summary>
    public void Add(ReadOnlySpan<double> values) => _hash.AppendData(MemoryMarshal.AsBytes(values));

    /// <summary>All that was added, as 64 hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
