using System.Runtime.InteropServices;
using Carousel.Runtime.Models;
using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>
/// Everything a stream remembers, as a value: it never changes, equals another one when all bits do, and can be kept, forked into any number of streams,
/// saved and loaded. It belongs to one model.
/// </summary>
public sealed class StreamState : IEquatable<StreamState>
{
    /// <summary>The value of the metadata key <c>format</c> of a saved state.</summary>
    public const string FormatName = "carousel_state";

    /// <summary>The version this build writes, and the only one it reads.</summary>
    public const string FormatVersion = "1";

    private readonly IReadOnlyList<StateSlot> _slots;
    private readonly float[] _values;

    private StreamState(CompiledModel model)
    {
        _slots = model.Plan.Layout.Slots;
        _values = new float[_slots.Sum(slot => slot.Width)];
        ModelFingerprint = model.Fingerprint;
    }

    /// <summary>The <see cref="CompiledModel.Fingerprint"/> of the model it belongs to.</summary>
    public string ModelFingerprint { get; }

    /// <summary>The values, tensor after tensor in the order of the model's layers.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Reads a saved state.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="model">The model it belongs to.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, no state, another model's, or holds a number that is not finite.</exception>
    public static StreamState Load(string path, CompiledModel model) => From(SafetensorsFile.Load(path), path, model);

    /// <summary>Reads a saved state from a stream, up to the stream's end.</summary>
    /// <param name="stream">Read from its current position.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="model">The model it belongs to.</param>
    /// <exception cref="ModelFileException">As <see cref="Load(string, CompiledModel)"/>.</exception>
    public static StreamState Read(Stream stream, string name, CompiledModel model) => From(SafetensorsFile.Read(stream, name), name, model);

    /// <summary>Writes the state as a safetensors file, either completely or not at all.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => File().Save(path);

    /// <summary>Writes the state as safetensors bytes.</summary>
    /// <param name="stream">Written to from its current position.</param>
    public void Write(Stream stream) => File().Write(stream);

    /// <summary>True when model and every bit are the same.</summary>
    public bool Equals(StreamState? other) => other is not null && ModelFingerprint == other.ModelFingerprint && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamState);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    internal static StreamState Of(CompiledModel model, PlanMemory memory, int stream)
    {
        var state = new StreamState(model);
        memory.Save(stream, state._values);
        return state;
    }

    internal static StreamState Of(CompiledModel model, ReadOnlySpan<float> values)
    {
        var state = new StreamState(model);
        values.CopyTo(state._values);
        return state;
    }

    internal void CopyTo(CompiledModel model, PlanMemory memory, int stream)
    {
        if (ModelFingerprint != model.Fingerprint)
        {
            throw new ArgumentException($"the state belongs to the model {Short(ModelFingerprint)}, expected one of {Short(model.Fingerprint)}: a state fits the very weights it was made with");
        }

        memory.Restore(stream, _values);
    }

    private ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(_values.AsSpan());

    private static string Short(string fingerprint) => fingerprint.Length <= 12 ? fingerprint : fingerprint[..12];

    private static StreamState From(SafetensorsFile file, string name, CompiledModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        file.Expect(name, "format", FormatName, "it is no saved state");
        file.Expect(name, "version", FormatVersion, "it is of another version");
        file.Expect(name, "model", model.Fingerprint, "it belongs to another model");
        file.VerifyChecksum(name);
        var state = new StreamState(model);
        if (file.Tensors.Count != state._slots.Count)
        {
            throw new ModelFileException(name, $"holds {file.Tensors.Count} tensors, expected {state._slots.Count}");
        }

        Span<float> values = state._values;
        foreach (StateSlot slot in state._slots)
        {
            if (!file.TryGet(slot.Name, out StoredTensor? tensor) || tensor.Type != ElementType.F32 || !tensor.Shape.SequenceEqual([slot.Width]) || tensor.FirstNonFinite() >= 0)
            {
                throw new ModelFileException(name, $"is {(tensor is null ? "missing" : tensor.ToString())}, expected F32 [{slot.Width}] with finite numbers only", slot.Name);
            }

            tensor.CopyTo(values[..slot.Width]);
            values = values[slot.Width..];
        }

        return state;
    }

    private SafetensorsFile File()
    {
        var tensors = new List<StoredTensor>();
        ReadOnlySpan<float> values = _values;
        foreach (StateSlot slot in _slots)
        {
            tensors.Add(StoredTensor.FromSingles(slot.Name, [slot.Width], values[..slot.Width]));
            values = values[slot.Width..];
        }

        var metadata = new Dictionary<string, string> { ["format"] = FormatName, ["version"] = FormatVersion, ["model"] = ModelFingerprint };
        return new SafetensorsFile(tensors, metadata).WithChecksum();
    }
}
