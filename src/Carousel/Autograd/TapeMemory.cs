using Carousel.Numerics;

namespace Carousel.Autograd;

/// <summary>
/// Memory handed out one piece after the other and taken back all at once. It grows to what the largest step needs and is then used again by steps of any shape, as batches of
/// sentences have.
/// </summary>
internal sealed class TapeMemory
{
    // In floats: 256 KB to begin with, then as much as there is already, 64 MB at most.
    private const int SmallestChunk = 1 << 16, LargestChunk = 1 << 24;

    private readonly List<PinnedBuffer> _chunks = [];
    private int _chunk, _used;

    /// <summary>All memory ever made, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory whose content is whatever the last user left.</summary>
    public PinnedBuffer Take(int length)
    {
        while (_chunk < _chunks.Count && _chunks[_chunk].Length - _used < length)
        {
            (_chunk, _used) = (_chunk + 1, 0);
        }

        if (_chunk == _chunks.Count)
        {
            int size = Math.Max(length, (int)Math.Clamp(Bytes / sizeof(float), SmallestChunk, LargestChunk));
            _chunks.Add(new PinnedBuffer(size));
            Bytes += (long)size * sizeof(float);
        }

        PinnedBuffer piece = _chunks[_chunk].Part(_used, length);
        _used = PinnedBuffer.RoundUp(_used + length);
        return piece;
    }

    /// <summary>Takes everything back.</summary>
    public void Reset() => (_chunk, _used) = (0, 0);
}
