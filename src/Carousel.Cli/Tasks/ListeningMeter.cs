using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Predictors;

namespace Carousel.Cli.Tasks;

/// <summary>Hands audio to a transcriber piece by piece and measures what that costs, in fixed memory however long it goes on.</summary>
/// <param name="stepSeconds">Seconds of a time step of the network: the length of a piece.</param>
internal sealed class ListeningMeter(double stepSeconds)
{
    // Durations are counted in classes one percent apart, from a nanosecond to a minute.
    private const double Ratio = 1.01;
    private const int Classes = 2500;

    private readonly long[] _pieces = new long[Classes];
    private readonly long[] _finals = new long[Classes];
    private double _seconds;
    private long _ticks, _allocated;

    /// <summary>Hands samples to a stream.</summary>
    public void Push(TranscriptionStream stream, ReadOnlySpan<float> samples, int sampleRate)
    {
        int piece = Math.Max(1, (int)(sampleRate * stepSeconds));
        _seconds += (double)samples.Length / sampleRate;
        for (; !samples.IsEmpty; samples = samples[Math.Min(piece, samples.Length)..])
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            stream.Push(samples[..Math.Min(piece, samples.Length)]);
            Count(_pieces, Stopwatch.GetTimestamp() - start);
            _allocated += GC.GetAllocatedBytesForCurrentThread() - bytes;
        }
    }

    /// <summary>Ends an utterance: what it takes is the delay between the last sample and the text.</summary>
    /// <param name="finish">Gives the text.</param>
    /// <param name="seconds">Audio that was not handed over by <see cref="Push"/>.</param>
    public Transcript Finish(Func<Transcript> finish, double seconds = 0)
    {
        _seconds += seconds;
        long start = Stopwatch.GetTimestamp();
        Transcript heard = finish();
        Count(_finals, Stopwatch.GetTimestamp() - start);
        return heard;
    }

    /// <summary>Adds the figures to a document.</summary>
    /// <param name="document">For scripts.</param>
    /// <param name="delaySeconds">The algorithmic delay.</param>
    public void AddTo(JsonObject document, double delaySeconds)
    {
        document["audio_seconds"] = JsonNumber.Of(_seconds);
        document["algorithmic_delay_seconds"] = JsonNumber.Of(delaySeconds);
        document["frame_us_p50"] = JsonNumber.Of(1e6 * Percentile(_pieces, 0.5));
        document["frame_us_p99"] = JsonNumber.Of(1e6 * Percentile(_pieces, 0.99));
        document["final_ms_p50"] = JsonNumber.Of(1e3 * Percentile(_finals, 0.5));
        document["real_time_factor"] = JsonNumber.Of(RealTimeFactor);
        document["allocated_bytes_per_frame"] = JsonNumber.Of(BytesPerPiece);
    }

    /// <summary>The figures in a line for people.</summary>
    /// <param name="delaySeconds">The algorithmic delay.</param>
    public string Line(double delaySeconds) => string.Create(CultureInfo.InvariantCulture,
        $"{_seconds:F1} s of audio; algorithmic delay {1e3 * delaySeconds:F0} ms; per step of {1e3 * stepSeconds:F0} ms: p50 {1e6 * Percentile(_pieces, 0.5):F0} µs, p99 {1e6 * Percentile(_pieces, 0.99):F0} µs, {BytesPerPiece:F0} bytes allocated; text {1e3 * Percentile(_finals, 0.5):F1} ms after the last sample; real-time factor {RealTimeFactor:F4}");

    private double RealTimeFactor => _seconds == 0 ? 0 : (double)_ticks / Stopwatch.Frequency / _seconds;

    private double BytesPerPiece => (double)_allocated / Math.Max(1, _pieces.Sum());

    private void Count(long[] counts, long ticks)
    {
        _ticks += ticks;
        int place = (int)(Math.Log(Math.Max(1e-9, (double)ticks / Stopwatch.Frequency) * 1e9) / Math.Log(Ratio));
        counts[Math.Clamp(place, 0, Classes - 1)]++;
    }

    // In seconds; the upper edge of the class.
    private static double Percentile(long[] counts, double share)
    {
        double wanted = share * counts.Sum();
        int place = 0;
        for (double seen = counts[0]; seen < wanted; seen += counts[place])
        {
            place++;
        }

        return counts.AsSpan().ContainsAnyExcept(0) ? 1e-9 * Math.Pow(Ratio, place + 1) : 0;
    }
}
