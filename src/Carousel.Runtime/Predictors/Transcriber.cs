using System.Security.Cryptography;
using System.Text;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// A trained transcriber in production: audio in, text with times out; whole recordings, or a <see cref="TranscriptionStream"/> while they arrive. Features, scaler, labels
/// and language model come from the model file. Immutable; may be used by several threads at once.
/// </summary>
public sealed class Transcriber : IDisposable
{
    private string? _settings;

    private Transcriber(TranscriberConfig config, AudioFeatures features, CtcScorer? scorer, VocabularyTokenizer labels, CompiledModel model) =>
        (Config, Features, Scorer, Labels, Model) = (config, features, scorer, labels, model);

    /// <summary>What the transcriber is.</summary>
    public TranscriberConfig Config { get; }

    /// <summary>The labels it hears: characters or words.</summary>
    public VocabularyTokenizer Labels { get; }

    /// <summary>The network, ready to run.</summary>
    public CompiledModel Model { get; }

    /// <summary>From audio to time steps of the network.</summary>
    internal AudioFeatures Features { get; }

    /// <summary>What texts are worth in a search; null for greedy decoding.</summary>
    internal CtcScorer? Scorer { get; }

    /// <summary>Differs between transcribers whose streams cannot go on from each other's states.</summary>
    internal string Settings => _settings ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Model.Fingerprint} {(Scorer is null ? "greedy" : Scorer.Fingerprint)}")));

    /// <summary>Reads a model file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How to decode; null for the defaults.</param>
    /// <param name="compile">How to prepare the network; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or no transcriber.</exception>
    /// <exception cref="ArgumentException">The options have problems, or do not fit the model.</exception>
    public static Transcriber Load(string path, TranscriberOptions? options = null, CompileOptions? compile = null) => From(ModelFile.Load(path), path, options, compile);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How to decode; null for the defaults.</param>
    /// <param name="compile">How to prepare the network; null for the defaults.</param>
    /// <exception cref="ModelFileException">The model is no transcriber.</exception>
    /// <exception cref="ArgumentException">The options have problems, or do not fit the model.</exception>
    public static Transcriber From(ModelFile file, string name, TranscriberOptions? options = null, CompileOptions? compile = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new TranscriberOptions();
        if (file.Config is not TranscriberConfig config || file.Tokenizer is not VocabularyTokenizer labels)
        {
            throw new ModelFileException(name, $"holds a model for the task '{file.Config.Task}', expected 'transcribe'");
        }

        CtcScorer? scorer = options.Greedy ? null : new CtcScorer(labels, options.Search ?? config.Search, options.LanguageModel ?? file.LanguageModel, options.HotWords);
        return new Transcriber(config, new AudioFeatures(config.Features, file.Scaler), scorer, labels, CompiledModel.Compile(file, name, compile));
    }

    /// <summary>Transcribes a recording.</summary>
    /// <param name="clip">Audio; one that is shorter than a frame has no words.</param>
    /// <exception cref="InvalidOperationException">The model reads frames computed elsewhere.</exception>
    /// <exception cref="ObjectDisposedException">The transcriber has been disposed.</exception>
    public Transcript Transcribe(AudioClip clip) => Decode(Logits(Features.Of(clip)));

    /// <summary>Transcribes a recording from frames of features as the model's were computed, before scaling.</summary>
    /// <param name="frames">[N, features], N 0 or more.</param>
    /// <exception cref="ArgumentException">The length is no whole number of frames.</exception>
    /// <exception cref="ObjectDisposedException">The transcriber has been disposed.</exception>
    public Transcript TranscribeFrames(ReadOnlySpan<float> frames) => Decode(Logits(Features.OfFrames(frames)));

    /// <summary>Transcribes audio while it arrives.</summary>
    /// <param name="sampleRate">Samples per second of the audio; null for that of the features.</param>
    /// <param name="chunks">How a model that sees later time steps goes through the audio; null for the defaults. Without meaning for a model that sees the past only.</param>
    /// <exception cref="InvalidOperationException">The features depend on the whole utterance.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate or a length is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The transcriber has been disposed.</exception>
    public TranscriptionStream OpenStream(int? sampleRate = null, ChunkedListening? chunks = null)
    {
        ObjectDisposedException.ThrowIf(Model.IsDisposed, this);
        return new TranscriptionStream(this, Features.OpenStream(sampleRate), sampleRate ?? Config.Features.SampleRate, chunks ?? new ChunkedListening());
    }

    /// <summary>Goes on transcribing from a state: a fork of the stream that it is from.</summary>
    /// <param name="state">Of a stream of the same model file, with the same options.</param>
    /// <exception cref="ArgumentException">The state is another transcriber's.</exception>
    /// <exception cref="ObjectDisposedException">The transcriber has been disposed.</exception>
    public TranscriptionStream OpenStream(TranscriptionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        TranscriptionStream stream = OpenStream(state.SampleRate, state.Chunks);
        stream.Restore(state);
        return stream;
    }

    /// <summary>Text and times of the logits of a whole recording.</summary>
    /// <param name="logits">[T, V + 1]</param>
    /// <exception cref="ArgumentException">The length is no whole number of time steps.</exception>
    public Transcript Decode(ReadOnlySpan<float> logits)
    {
        int classes = Labels.Count + 1;
        if (logits.Length % classes != 0)
        {
            throw new ArgumentException($"{logits.Length} logits are no whole time steps of {classes}", nameof(logits));
        }

        if (Scorer is null)
        {
            return TranscriptOf(CtcGreedy.Decode(logits, classes), double.NaN);
        }

        var search = new CtcBeamSearch(Scorer);
        for (int at = 0; at < logits.Length; at += classes)
        {
            search.Step(logits.Slice(at, classes));
        }

        var labels = new List<HeardLabel>();
        double score = search.Best(labels);
        return TranscriptOf(labels, score);
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => Model.Dispose();

    /// <summary>The words that labels spell.</summary>
    /// <param name="labels">In the order of time.</param>
    /// <param name="score">How probable they are; NaN to work it out from the labels.</param>
    internal Transcript TranscriptOf(List<HeardLabel> labels, double score)
    {
        var words = new List<HeardWord>();
        int space = Labels.Unit == TextUnit.Character ? Labels.IdOf(" ") + 1 : 0;
        for (int start = 0; start < labels.Count;)
        {
            int end = start;
            while (end < labels.Count && labels[end].Label != space && (Labels.Unit == TextUnit.Character || end == start))
            {
                end++;
            }

            if (end > start)
            {
                words.Add(Word(labels.GetRange(start, end - start)));
            }

            start = end < labels.Count && labels[end].Label == space ? end + 1 : end;
        }

        return new Transcript(string.Join(' ', words.Select(static word => word.Text)), words, double.IsNaN(score) ? labels.Sum(static label => Math.Log(label.Share)) : score);
    }

    private HeardWord Word(List<HeardLabel> labels)
    {
        string text = LabelText.Decode(labels.Select(static label => label.Label), Labels);
        double confidence = Math.Exp(labels.Average(static label => Math.Log(label.Share)));
        return new HeardWord(text, labels[0].Step * Config.StepSeconds, (labels[^1].Step + 1) * Config.StepSeconds, Math.Min(1, confidence));
    }

    private float[] Logits(float[] steps)
    {
        int count = steps.Length / Model.InputSize;
        float[] logits = new float[Model.OutputSteps(count) * Model.OutputSize];
        if (count > 0)
        {
            Model.Run(steps, logits);
        }

        return logits;
    }
}
