using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.States;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// Speech on its way through a <see cref="Transcriber"/>: samples, or frames of features, in as they arrive; the text so far at any time. Any chunking of the same audio gives
/// the same text and bits, and for a model that sees the past only they are those of the whole recording at once. Pushing allocates nothing for such a model, once the buffers
/// of a search have grown. What it remembers is a value, <see cref="TranscriptionState"/>. For one thread at a time.
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
    private readonly int _sampleRate;
    private readonly ChunkedListening? _listening;
    private readonly AudioFeatureStream _features;
    private readonly ChunkRunner? _chunks;
    private readonly ModelStream? _network;
    private readonly CtcBeamSearch? _search;
    private readonly List<HeardLabel> _labels = new(64);
    private readonly float[] _step, _logits;
    private int _last = TranscriberConfig.Blank, _steps, _lastHeard;

    internal TranscriptionStream(Transcriber transcriber, AudioFeatureStream features, int sampleRate, ChunkedListening chunks)
    {
        (_transcriber, _features) = (transcriber, features);
        (_sampleRate, _listening) = (sampleRate, transcriber.Model.IsStreaming ? null : chunks);
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

    /// <summary>A copy of everything it remembers, between two pieces of audio.</summary>
    /// <exception cref="ObjectDisposedException">The stream or its transcriber has been disposed.</exception>
    public TranscriptionState Snapshot()
    {
        ObjectDisposedException.ThrowIf(_transcriber.Model.IsDisposed, _transcriber);
        var state = new StateWriter();
        _features.Save(state);
        _chunks?.Save(state);
        if (_network is not null)
        {
            state.Values(_network.Snapshot().Values);
        }

        foreach (long number in (long[])[_steps, _lastHeard, _last])
        {
            state.Long(number);
        }

        if (_search is not null)
        {
            _search.Save(state);
        }
        else
        {
            state.Long(_labels.Count);
            foreach (HeardLabel label in _labels)
            {
                state.Long(label.Label);
                state.Long(label.Step);
                state.Double(label.Share);
            }
        }

        return new TranscriptionState(_transcriber.Settings, _sampleRate, _listening, state.ToBytes());
    }

    /// <summary>Goes on from a state of the same model, decoded and heard in the same way, whichever stream it is from.</summary>
    /// <param name="state">What <see cref="Snapshot"/> gave, or <see cref="TranscriptionState.Load"/>.</param>
    /// <exception cref="ArgumentException">The state is another model's, or of one that decodes or listens in another way; the stream is as before.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its transcriber has been disposed.</exception>
    public void Restore(TranscriptionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ObjectDisposedException.ThrowIf(_transcriber.Model.IsDisposed, _transcriber);
        if (state.SampleRate != _sampleRate || state.Chunks != _listening)
        {
            throw new ArgumentException($"the state is of a stream at {state.SampleRate} Hz, {state.Chunks?.ToString() ?? "step by step"}, but this one is at {_sampleRate} Hz, {_listening?.ToString() ?? "step by step"}", nameof(state));
        }

        if (state.Settings != _transcriber.Settings)
        {
            throw new ArgumentException("the state belongs to another transcriber: model file, language model, search and hot words must be the same", nameof(state));
        }

        Restore(new StateReader(state.Bytes, expectsFinite: false));
    }

    /// <summary>Goes on from the bytes of a state.</summary>
    /// <exception cref="InvalidDataException">They are not sound; the stream is of no use any more.</exception>
    internal void Restore(StateReader state)
    {
        _features.Restore(state);
        _chunks?.Restore(state);
        if (_network is not null)
        {
            float[] values = new float[_network.Model.Plan.Layout.Slots.Sum(static slot => slot.Width)];
            state.Singles(values);
            _network.Restore(StreamState.Of(_network.Model, values));
        }

        _steps = state.Int(0, int.MaxValue);
        (_lastHeard, _last) = (state.Int(0, _steps), state.Int(0, _logits.Length - 1));
        _labels.Clear();
        _search?.Restore(state);
        for (int left = _search is null ? state.Int(0, state.Left) : 0; left > 0; left--)
        {
            _labels.Add(new HeardLabel(state.Int(1, _logits.Length - 1), state.Int(0, _steps), (float)state.Double()));
        }

        if (state.Left > 0)
        {
            throw new InvalidDataException($"{state.Left} bytes are left over");
        }
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
