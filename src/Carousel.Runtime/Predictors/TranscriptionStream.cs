using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// Speech on its way through a <see cref="Transcriber"/>: samples, or frames of features, in as they arrive; the text so far at any time. Any chunking of the same audio gives
/// the same text and bits, and for a model that sees the past only they are those of the whole recording at once. Pushing allocates nothing for such a model, once the buffers
/// of a search have grown. For one thread at a time.
/// </summary>
/// <example>
/// <code>
/// using TranscriptionStream stream = transcriber.OpenStream();
/// stream.Push(samples);                                             // each piece of audio
/// Console.Write($"\r{stream.Partial().Text}");
/// if (stream.SilenceSeconds > 1 &amp;&amp; stream.HasSpeech) { Console.WriteLine(stream.Finish().Text); }
/// </code>
/// </example>
public sealed class TranscriptionStream : IDisposable
{
    private readonly Transcriber _transcriber;
    private readonly AudioFeatureStream _features;
    private readonly ChunkRunner? _chunks;
    private readonly ModelStream? _network;
    private readonly CtcBeamSearch? _search;
    private readonly List<HeardLabel> _labels = new(64);
    private readonly float[] _step, _logits;
    private int _last = TranscriberConfig.Blank, _steps, _lastHeard;

    internal TranscriptionStream(Transcriber transcriber, AudioFeatureStream features, ChunkedListening chunks)
    {
        (_transcriber, _features) = (transcriber, features);
        if (transcriber.Model.IsStreaming)
        {
            _network = transcriber.Model.OpenStream();
        }
        else
        {
            _chunks = new ChunkRunner(transcriber, chunks, Hear);
        }

        _search = transcriber.Scorer is { } scorer ? new CtcBeamSearch(scorer) : null;
        (_step, _logits) = (new float[transcriber.Model.InputSize], new float[transcriber.Model.OutputSize]);
    }

    /// <summary>The algorithmic delay in seconds: from a sample to the earliest text that depends on it, if computing took no time.</summary>
    public double DelaySeconds => _features.DelaySeconds + (_chunks?.DelaySeconds ?? 0);

    /// <summary>Seconds of audio that have been decoded since the last <see cref="Finish"/>.</summary>
    public double Seconds => _steps * _transcriber.Config.StepSeconds;

    /// <summary>True once something other than silence has been heard since the last <see cref="Finish"/>.</summary>
    public bool HasSpeech => _lastHeard > 0;

    /// <summary>Seconds since the last label, or since the beginning when there is none yet.</summary>
    public double SilenceSeconds => (_steps - _lastHeard) * _transcriber.Config.StepSeconds;

    /// <summary>Takes audio.</summary>
    /// <param name="samples">One channel, −1 … 1; as many as there are.</param>
    /// <exception cref="InvalidOperationException">The model reads frames computed elsewhere.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its transcriber has been disposed.</exception>
    public void Push(ReadOnlySpan<float> samples)
    {
        while (_features.Next(ref samples, _step))
        {
            Take(_step);
        }
    }

    /// <summary>Takes one frame of features as the model's were computed, before scaling.</summary>
    /// <param name="frame">[features]</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its transcriber has been disposed.</exception>
    public void PushFrame(ReadOnlySpan<float> frame)
    {
        if (_features.NextFrame(frame, _step))
        {
            Take(_step);
        }
    }

    /// <summary>What has been heard so far, as if the utterance ended here; it may still change.</summary>
    public Transcript Partial()
    {
        double score = _search?.Best(_labels) ?? double.NaN;
        return _transcriber.TranscriptOf(_labels, score);
    }

    /// <summary>Ends the utterance and begins the next one.</summary>
    /// <returns>What was heard in it; times count from its beginning.</returns>
    /// <exception cref="ObjectDisposedException">The stream or its transcriber has been disposed.</exception>
    public Transcript Finish()
    {
        while (_features.Last(_step))
        {
            Take(_step);
        }

        _chunks?.Finish();
        Transcript heard = Partial();
        _network?.Reset();
        _search?.Reset();
        _labels.Clear();
        (_last, _steps, _lastHeard) = (TranscriberConfig.Blank, 0, 0);
        return heard;
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _network?.Dispose();

    private void Take(ReadOnlySpan<float> step)
    {
        if (_chunks is not null)
        {
            _chunks.Take(step);
            return;
        }

        _network!.Step(step, _logits);
        Hear(_logits);
    }

    private void Hear(ReadOnlySpan<float> logits)
    {
        _search?.Step(logits);
        _last = _search is null ? CtcGreedy.Step(logits, _steps, _last, _labels) : CtcGreedy.Best(logits);
        _steps++;
        _lastHeard = _last == TranscriberConfig.Blank ? _lastHeard : _steps;
    }
}
