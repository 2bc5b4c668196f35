using System.Globalization;
using Carousel.Runtime.Models;
using Carousel.Runtime.States;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// Everything a <see cref="TranscriptionStream"/> remembers in the middle of an utterance, as a value: samples of the frame that has begun, state of the network, texts that are
/// followed with what the language model has read of each. It never changes, equals another one when all bits do, and can be kept, forked into any number of streams, saved and
/// loaded. It belongs to one model file, one way of decoding (search, language model, hot words) and one of listening (sample rate, chunks).
/// </summary>
public sealed class TranscriptionState : IEquatable<TranscriptionState>
{
    /// <summary>The value of the metadata key <c>format</c> of a saved state.</summary>
    public const string FormatName = "carousel_transcription_state";

    /// <summary>The version this build writes, and the only one it reads.</summary>
    public const string FormatVersion = "1";

    private const string TensorName = "state", RateKey = "sample_rate", ChunkKey = "chunk_seconds", AheadKey = "look_ahead_seconds", PastKey = "past_seconds";

    internal TranscriptionState(string settings, int sampleRate, ChunkedListening? chunks, byte[] bytes) => (Settings, SampleRate, Chunks, Bytes) = (settings, sampleRate, chunks, bytes);

    /// <summary>Samples per second of the audio of its stream.</summary>
    public int SampleRate { get; }

    /// <summary>How a model that sees later time steps goes through the audio; null for one that sees the past only.</summary>
    public ChunkedListening? Chunks { get; }

    /// <summary>Differs between model files and ways of decoding.</summary>
    internal string Settings { get; }

    /// <summary>What the parts of the stream wrote.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Reads a saved state.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="transcriber">The one it belongs to, with the same options.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, no state, another transcriber's, or not sound.</exception>
    public static TranscriptionState Load(string path, Transcriber transcriber) => From(SafetensorsFile.Load(path), path, transcriber);

    /// <summary>Reads a saved state from a stream of bytes, up to its end.</summary>
    /// <param name="source">Read from its current position.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="transcriber">The one it belongs to, with the same options.</param>
    /// <exception cref="ModelFileException">As <see cref="Load"/>.</exception>
    public static TranscriptionState Read(Stream source, string name, Transcriber transcriber) => From(SafetensorsFile.Read(source, name), name, transcriber);

    /// <summary>Writes the state as a safetensors file, either completely or not at all.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => File().Save(path);

    /// <summary>Writes the state as safetensors bytes.</summary>
    /// <param name="stream">Written to from its current position.</param>
    public void Write(Stream stream) => File().Write(stream);

    /// <summary>True when transcriber, listening and every bit are the same.</summary>
    public bool Equals(TranscriptionState? other) => other is not null && Settings == other.Settings && SampleRate == other.SampleRate && Chunks == other.Chunks && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TranscriptionState);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    private static TranscriptionState From(SafetensorsFile file, string name, Transcriber transcriber)
    {
        ArgumentNullException.ThrowIfNull(transcriber);
        file.Expect(name, "format", FormatName, "it is no saved state of a transcriber");
        file.Expect(name, "version", FormatVersion, "it is of another version");
        file.Expect(name, "settings", transcriber.Settings, "it belongs to another transcriber; model file, language model, search and hot words must be the same");
        file.VerifyChecksum(name);
        StoredTensor bytes = file.TryGet(TensorName, out StoredTensor? tensor) && tensor.Type == ElementType.U8 ? tensor : throw new ModelFileException(name, "is missing, expected U8", TensorName);
        try
        {
            ChunkedListening? chunks = transcriber.Model.IsStreaming ? null : new ChunkedListening { ChunkSeconds = Number(ChunkKey), LookAheadSeconds = Number(AheadKey), PastSeconds = Number(PastKey) };
            var state = new TranscriptionState(transcriber.Settings, (int)Number(RateKey), chunks, bytes.Bytes.ToArray());

            // A stream that can go on from it is the proof that it is sound.
            using TranscriptionStream stream = transcriber.OpenStream(state.SampleRate, chunks);
            stream.Restore(new StateReader(state.Bytes, expectsFinite: true));
            return state;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException)
        {
            throw new ModelFileException(name, $"is not sound: {e.Message}", TensorName, e);
        }

        double Number(string key) => double.TryParse(file.Metadata.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number : throw new InvalidDataException($"{key} is '{file.Metadata.GetValueOrDefault(key)}', expected a number");
    }

    private SafetensorsFile File()
    {
        var metadata = new Dictionary<string, string> { ["format"] = FormatName, ["version"] = FormatVersion, ["settings"] = Settings, [RateKey] = SampleRate.ToString(CultureInfo.InvariantCulture) };
        if (Chunks is not null)
        {
            foreach ((string key, double seconds) in new[] { (ChunkKey, Chunks.ChunkSeconds), (AheadKey, Chunks.LookAheadSeconds), (PastKey, Chunks.PastSeconds) })
            {
                metadata[key] = seconds.ToString("R", CultureInfo.InvariantCulture);
            }
        }

        return new SafetensorsFile([new StoredTensor(TensorName, ElementType.U8, [Bytes.Length], Bytes)], metadata).WithChecksum();
    }
}
