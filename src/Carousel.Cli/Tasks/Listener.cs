using System.Globalization;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Predictors;

namespace Carousel.Cli.Tasks;

/// <summary>Transcribes files and live audio utterance after utterance, says what has been heard so far, and measures the cost.</summary>
/// <param name="transcriber">The model.</param>
/// <param name="chunks">How a model that sees later time steps goes through the audio; null to go through files as a whole, through live audio in the usual chunks.</param>
/// <param name="output">Told the text so far of live audio, and what is wrong with a file.</param>
internal sealed class Listener(Transcriber transcriber, ChunkedListening? chunks, CommandOutput output)
{
    // Loud voices touch the limit now and then.
    private const double ClippedTooMuch = 0.005;

    // Audio between two looks at the text so far.
    private const double PartialSeconds = 0.2;

    private AudioFeaturesConfig Features => transcriber.Config.Features;

    /// <summary>What it cost.</summary>
    public ListeningMeter Meter { get; } = new(transcriber.Config.Features.StepSeconds);

    /// <summary>The algorithmic delay of the last input; 0 when it was transcribed as a whole.</summary>
    public double DelaySeconds { get; private set; }

    /// <summary>Transcribes a file: a recording, or feature frames for a model that reads those.</summary>
    /// <param name="path">The file.</param>
    /// <param name="silence">Seconds without a word that end an utterance; null for one utterance.</param>
    /// <exception cref="UsageException">The model cannot find utterances.</exception>
    public IEnumerable<Heard> Read(string path, double? silence)
    {
        if (silence is not null && (Features.Kind == AudioFeatureKind.Precomputed || !Features.IsStreaming))
        {
            throw new UsageException("--silence finds utterances while it listens, but the features of this model depend on the whole recording or were computed elsewhere; leave it out");
        }

        if (Features.Kind == AudioFeatureKind.Precomputed)
        {
            float[] frames = SphinxFeatureFile.Read(path, Features.BaseFeatures);
            double seconds = frames.Length / Features.BaseFeatures * Features.HopMs / 1000;
            return [new Heard(path, 0, seconds, Meter.Finish(() => transcriber.TranscribeFrames(frames), seconds))];
        }

        AudioClip clip = WaveFile.Load(path);
        WarnAbout(clip, path);
        return Features.IsStreaming && (transcriber.Model.IsStreaming || silence is not null || chunks is not null)
            ? Utterances(path, clip, silence)
            : [new Heard(path, 0, clip.Seconds, Meter.Finish(() => transcriber.Transcribe(clip), clip.Seconds))];
    }

    /// <summary>Transcribes audio while it arrives.</summary>
    /// <param name="reader">Where it arrives.</param>
    /// <param name="sampleRate">Samples per second; null for that of the features.</param>
    /// <param name="silence">Seconds without a word that end an utterance.</param>
    /// <exception cref="UsageException">The model cannot do that.</exception>
    public IEnumerable<Heard> Listen(PcmReader reader, int? sampleRate, double silence)
    {
        if (Features.Kind == AudioFeatureKind.Precomputed || !Features.IsStreaming)
        {
            throw new UsageException(Features.IsStreaming
                ? $"this model reads frames of {Features.BaseFeatures} features computed elsewhere, not audio; give files of them"
                : "the features of this model depend on the whole utterance, so it cannot follow live audio; give WAVE files, or train with features.normalisation none");
        }

        return Live(reader, sampleRate ?? Features.SampleRate, silence);
    }

    private void WarnAbout(AudioClip clip, string path)
    {
        if (clip.IsSilent)
        {
            output.Warning(clip.Samples.IsEmpty ? $"{path} holds no audio" : $"{path} is silent: every sample is {clip.Samples.Span[0].ToString(CultureInfo.InvariantCulture)}");
        }
        else if (clip.ClippedShare > ClippedTooMuch)
        {
            output.Warning(string.Create(CultureInfo.InvariantCulture, $"{100 * clip.ClippedShare:F1} % of the samples of {path} are clipped: it was recorded too loudly"));
        }
    }

    private IEnumerable<Heard> Utterances(string path, AudioClip clip, double? silence)
    {
        using TranscriptionStream stream = transcriber.OpenStream(clip.SampleRate, chunks);
        DelaySeconds = stream.DelaySeconds;
        double start = 0, now = 0;
        int piece = Math.Max(1, (int)(clip.SampleRate * PartialSeconds));
        for (int at = 0; at < clip.Samples.Length; at += piece)
        {
            ReadOnlyMemory<float> samples = clip.Samples.Slice(at, Math.Min(piece, clip.Samples.Length - at));
            Meter.Push(stream, samples.Span, clip.SampleRate);
            now += (double)samples.Length / clip.SampleRate;
            if (stream.HasSpeech && stream.SilenceSeconds >= silence)
            {
                yield return new Heard(path, start, now - start, Meter.Finish(stream.Finish));
                start = now;
            }
        }

        bool isRest = start > 0 && !stream.HasSpeech;
        Transcript last = Meter.Finish(stream.Finish);
        if (!isRest || last.Words.Count > 0)
        {
            yield return new Heard(path, start, now - start, last);
        }
    }

    private IEnumerable<Heard> Live(PcmReader reader, int sampleRate, double silence)
    {
        using TranscriptionStream stream = transcriber.OpenStream(sampleRate, chunks);
        DelaySeconds = stream.DelaySeconds;
        float[] samples = new float[Math.Max(1, (int)(sampleRate * PartialSeconds))];
        double start = 0, now = 0, shown = 0;
        string partial = "";
        for (int count = reader.Read(samples); count > 0; count = reader.Read(samples))
        {
            Meter.Push(stream, samples.AsSpan(0, count), sampleRate);
            now += (double)count / sampleRate;
            if (stream.HasSpeech && stream.SilenceSeconds >= silence)
            {
                output.Passing("");
                yield return new Heard("-", start, now - start, Meter.Finish(stream.Finish));
                (start, partial) = (now, "");
            }
            else if (stream.HasSpeech && now - shown >= PartialSeconds)
            {
                (shown, string text) = (now, stream.Partial().Text);
                if (text != partial)
                {
                    output.Passing($"… {text}");
                    partial = text;
                }
            }
        }

        output.Passing("");
        if (reader.BytesLeft > 0)
        {
            output.Warning($"standard input ended within a sample: {reader.BytesLeft} bytes are left over");
        }

        Transcript last = Meter.Finish(stream.Finish);
        if (last.Words.Count > 0)
        {
            yield return new Heard("-", start, now - start, last);
        }
    }
}
