using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.Plans;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// A trained classifier in production: a text, audio, or rows of numbers in the units of their features, in; the probability of each label out. Tokeniser, features and scaler
/// come from the model file. Immutable; may be used by several threads at once.
/// </summary>
public sealed class Classifier : IDisposable
{
    private readonly CompiledModel _model;
    private readonly StandardScaler? _scaler;
    private readonly AudioFeatures? _audio;

    private Classifier(ClassifierConfig config, ModelFile file, CompiledModel model)
    {
        (Config, _scaler, Tokenizer, _model) = (config, file.Scaler, file.Tokenizer, model);
        _audio = config.Audio is { } audio ? new AudioFeatures(audio, _scaler) : null;
    }

    /// <summary>What the classifier is: labels, features, network.</summary>
    public ClassifierConfig Config { get; }

    /// <summary>The labels, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Labels => Config.Labels;

    /// <summary>False when the classifier needs whole sequences, because a layer sees later time steps.</summary>
    public bool IsStreaming => _model.IsStreaming;

    /// <summary>Cuts texts into tokens; null for a classifier that reads numbers.</summary>
    public Tokenizer? Tokenizer { get; }

    internal CompiledModel Model => _model;

    /// <summary>Reads a model file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or no classifier, or holds a layer that the runtime cannot run.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static Classifier Load(string path, CompileOptions? options = null) => From(ModelFile.Load(path), path, options);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The model is no classifier, or holds a layer that the runtime cannot run.</exception>
    public static Classifier From(ModelFile file, string name, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Config is ClassifierConfig config
            ? new Classifier(config, file, CompiledModel.Compile(file, name, options))
            : throw new ModelFileException(name, $"holds a model for the task '{file.Config.Task}', expected 'classify'");
    }

    /// <summary>Classifies a text. An empty one gets an answer too: what its end alone says.</summary>
    /// <param name="text">Words and signs as the training text had them.</param>
    /// <exception cref="InvalidOperationException">The classifier reads numbers.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public LabelProbabilities Classify(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Run(Encode(text, NeedTokenizer()));
    }

    /// <summary>Classifies a sequence of numbers.</summary>
    /// <param name="rows">[T, features] row-major, in the units of the features; T is 1 or more.</param>
    /// <exception cref="ArgumentException">There is no row, a part of a row, or a number that is not finite.</exception>
    /// <exception cref="InvalidOperationException">The classifier reads text.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public LabelProbabilities Classify(ReadOnlySpan<double> rows)
    {
        float[] x = new float[rows.Length];
        Scale(rows, x);
        return Run(x);
    }

    /// <summary>Classifies a recording.</summary>
    /// <param name="clip">Audio of any sample rate.</param>
    /// <exception cref="ArgumentException">It is shorter than one frame of the features.</exception>
    /// <exception cref="InvalidOperationException">The classifier reads no audio.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public LabelProbabilities Classify(AudioClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        float[] steps = (_audio ?? throw new InvalidOperationException("this classifier reads no audio")).Of(clip);
        return steps.Length > 0
            ? Run(steps)
            : throw new ArgumentException($"the recording is {clip.Seconds:F3} s long, expected at least one frame of {_audio.Config.WindowMs / 1000:F3} s", nameof(clip));
    }

    /// <summary>Classifies while a sequence arrives: after each step, everything so far.</summary>
    /// <exception cref="InvalidOperationException">The classifier needs whole sequences.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public ClassifierStream OpenStream() => OpenStream(0, 0);

    /// <summary>Classifies windows of an endless stream, each of which begins without a memory: the bits of <see cref="Classify(ReadOnlySpan{double})"/> for its rows.</summary>
    /// <param name="window">Time steps of a window; a multiple of <paramref name="hop"/>.</param>
    /// <param name="hop">Time steps from one window to the next, 1 or more; window / hop of them are under way at any time.</param>
    /// <exception cref="ArgumentException">Window and hop do not fit.</exception>
    /// <exception cref="InvalidOperationException">The classifier needs whole sequences.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public ClassifierStream OpenWindows(int window, int hop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hop, 1);
        return window >= hop && window % hop == 0
            ? OpenStream(window, hop)
            : throw new ArgumentException($"a window of {window} steps every {hop} does not fit, expected a multiple of {hop}", nameof(window));
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _model.Dispose();

    /// <summary>The ids of a text as the network reads it: its tokens, and <see cref="Inputs.Tokenizer.End"/>.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="tokenizer">That of the classifier.</param>
    /// <returns>[T, 1], T 1 or more.</returns>
    public static float[] Encode(string text, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return [.. tokenizer.Encode(text).Append(tokenizer.IdOf(Inputs.Tokenizer.End)).Select(id => (float)id)];
    }

    internal Tokenizer NeedTokenizer() => Tokenizer ?? throw new InvalidOperationException($"this classifier reads numbers ({string.Join(", ", Config.Features)}), not text");

    internal void Scale(ReadOnlySpan<double> rows, Span<float> x)
    {
        if (_scaler is null)
        {
            throw new InvalidOperationException("this classifier reads text, not numbers");
        }

        if (_audio is not null)
        {
            throw new InvalidOperationException("this classifier reads recordings, not rows of numbers");
        }

        int features = Config.Features.Count;
        if (rows.IsEmpty || rows.Length % features != 0)
        {
            throw new ArgumentException($"the sequence holds {rows.Length} values, expected whole rows of {features} ({string.Join(", ", Config.Features)}), at least one", nameof(rows));
        }

        for (int at = 0; at < rows.Length; at++)
        {
            if (!double.IsFinite(rows[at]))
            {
                throw new ArgumentException($"row {at / features} of the sequence holds {rows[at]} for '{Config.Features[at % features]}', expected finite numbers", nameof(rows));
            }
        }

        _scaler.Scale(rows, x);
    }

    private ClassifierStream OpenStream(int window, int hop)
    {
        ObjectDisposedException.ThrowIf(_model.IsDisposed, this);
        return IsStreaming
            ? new ClassifierStream(this, window, hop)
            : throw new InvalidOperationException("this classifier needs whole sequences, because its network runs in both directions or pools by attention: use Classify");
    }

    private LabelProbabilities Run(float[] x)
    {
        ObjectDisposedException.ThrowIf(_model.IsDisposed, this);
        Plan plan = _model.Plan;
        int inputs = plan.InputWidth, steps = x.Length / inputs, labels = Labels.Count;
        float[] logits = new float[labels];
        var memory = new PlanMemory(plan, capacity: 1);
        if (plan.IsStreaming)
        {
            for (int step = 0; step < steps; step++)
            {
                plan.Run(memory, 0, 1, x.AsSpan(step * inputs, inputs), step == steps - 1 ? logits : []);
            }
        }
        else
        {
            float[] all = new float[plan.OutputSteps(steps) * labels];
            if (all.Length == 0)
            {
                throw new ArgumentException($"a sequence of {steps} steps is too short for the convolutions of this classifier", nameof(x));
            }

            plan.RunSequence(memory, x, all, steps);
            logits = all[^labels..];
        }

        plan.Kernels.Softmax(logits, logits);
        return new LabelProbabilities(Labels, logits);
    }
}
