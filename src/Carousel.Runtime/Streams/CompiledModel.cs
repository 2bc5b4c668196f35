using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;
using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>
/// A model ready to run: its plan, with the weights packed once. Immutable, and shared by all its streams on any number of threads.
/// </summary>
/// <remarks>
/// <para>In float32 the numbers are those of the training library, bit for bit, as long as no value comes near zero: between time steps, inputs, states and outputs of linear
/// layers whose magnitude is below 2⁻¹⁰⁰ (8e-31) are set to zero, so that a stream that falls silent never computes with denormal numbers, which are slow.</para>
/// <para>The result of a stream does not depend on how its steps are cut into calls, nor on the streams beside it in a batch.</para>
/// </remarks>
public sealed class CompiledModel : IDisposable
{
    private volatile bool _isDisposed;

    private CompiledModel(ModelFile file, CompileOptions? options)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new CompileOptions();
        string[] problems = [.. options.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(options));
        }

        KernelSet kernels = options.Kernel is null ? KernelCatalog.Selected : KernelCatalog.Supported.First(set => set.Name == options.Kernel);
        PanelFormat format = options.Precision switch
        {
            Precision.BFloat16 => PanelFormat.BrainPairs,
            Precision.Int8 => PanelFormat.Bytes,
            Precision.Int4 => PanelFormat.Nibbles,
            _ => PanelFormat.Single,
        };
        (Config, Scaler, Kernel, Precision) = (file.Config, file.Scaler, kernels.Name, options.Precision);
        kernels.Steps.Prepare(format);
        Fingerprint = file.Checksum;
        PlanTeam? team = options.Threads > 1 ? new PlanTeam(options.Threads) : null;
        try
        {
            Plan = new PlanBuilder(file, format, kernels, team).Build(options.ScaleInputs);
        }
        catch
        {
            team?.Dispose();
            throw;
        }
    }

    /// <summary>Task and architecture.</summary>
    public ModelConfig Config { get; }

    /// <summary>The scaler of the model file, which streams apply when <see cref="CompileOptions.ScaleInputs"/> says so; or null.</summary>
    public StandardScaler? Scaler { get; }

    /// <summary>Name of the kernel set.</summary>
    public string Kernel { get; }

    /// <summary>How weights are held.</summary>
    public Precision Precision { get; }

    /// <summary>Bytes of weights that a time step reads, padding included; embeddings are not counted.</summary>
    public long WeightBytes => Plan.WeightBytes + (Plan.Encoder?.WeightBytes ?? Plan.Sentences?.WeightBytes ?? 0);

    /// <summary>Features of one time step going in; 1 (an id) for a model that starts with an embedding.</summary>
    public int InputSize => Plan.InputWidth;

    /// <summary>Features of one time step coming out.</summary>
    public int OutputSize => Plan.OutputWidth;

    /// <summary>False for a model with a layer that sees later time steps (in both directions, attention, convolution that is not causal), or with an encoder: it needs whole sequences, <see cref="Run(ReadOnlySpan{float}, Span{float})"/>.</summary>
    public bool IsStreaming => Plan is { IsStreaming: true, Encoder: null, Sentences: null };

    /// <summary>Features of one time step of the source that an encoder–decoder model reads; 1 (an id) for an encoder that starts with an embedding, 0 for any other model.</summary>
    public int SourceSize => Plan.Encoder?.InputWidth ?? 0;

    /// <summary>The <see cref="ModelFile.Checksum"/> of the model file: what a <see cref="StreamState"/> remembers of its model.</summary>
    public string Fingerprint { get; }

    internal Plan Plan { get; }

    internal bool IsDisposed => _isDisposed;

    /// <summary>Reads a model file and prepares it.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or not sound, or holds a layer that cannot run step by step.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static CompiledModel Load(string path, CompileOptions? options = null) => Compile(ModelFile.Load(path), path, options);

    /// <summary>Reads a model from a stream, up to the stream's end, and prepares it.</summary>
    /// <param name="stream">Read from its current position.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ModelFileException">As <see cref="Load(string, CompileOptions?)"/>.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static CompiledModel Load(Stream stream, string name, CompileOptions? options = null) => Compile(ModelFile.Read(stream, name), name, options);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    /// <exception cref="NotSupportedException">The model holds a layer that cannot run step by step.</exception>
    public static CompiledModel Compile(ModelFile file, CompileOptions? options = null) => new(file, options);

    /// <summary>A new stream in the zero state.</summary>
    /// <exception cref="InvalidOperationException">The model needs whole sequences.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public ModelStream OpenStream()
    {
        ThrowIfNotStreaming();
        return new ModelStream(this);
    }

    /// <summary>New streams in the zero state that take each step together.</summary>
    /// <param name="streams">B, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="streams"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The model needs whole sequences.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public StreamBatch OpenBatch(int streams)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(streams, 1);
        ThrowIfNotStreaming();
        return new StreamBatch(this, streams);
    }

    /// <summary>A window that slides over an endless series, each answer that of the last <paramref name="steps"/> time steps from the zero state.</summary>
    /// <param name="steps">T, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The model needs whole sequences.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public SlidingWindow OpenWindow(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ThrowIfNotStreaming();
        return new SlidingWindow(this, steps);
    }

    /// <summary>Sentences read at once, and what writes their translations token by token.</summary>
    /// <param name="sentences">Ids of each, with the end symbol, 1 or more.</param>
    /// <param name="rows">Most hypotheses of all sentences together; as many as there are sentences, or more.</param>
    /// <exception cref="ArgumentException">There is no sentence, one is empty, an id is not in the table, or there are fewer rows than sentences.</exception>
    /// <exception cref="InvalidOperationException">The model does not translate.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public DecoderStream OpenDecoder(IReadOnlyList<IReadOnlyList<int>> sentences, int rows)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfZero(sentences.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, sentences.Count);
        if (Config is not Seq2SeqConfig translation)
        {
            throw new InvalidOperationException($"a model for the task '{Config.Task}' does not translate");
        }

        foreach (IReadOnlyList<int> sentence in sentences)
        {
            StreamSizes.CheckSentence(sentence, translation.SourceVocabularySize);
        }

        return new DecoderStream(this, sentences, rows);
    }

    /// <summary>Time steps that come out of a whole sequence: as many as go in, unless a convolution gives more or fewer.</summary>
    /// <param name="steps">T, going in, 0 or more.</param>
    public int OutputSteps(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return Plan.OutputSteps(steps);
    }

    /// <summary>Runs a whole sequence from the zero state, whatever the model's layers see of it. Allocates its buffers.</summary>
    /// <param name="x">[T, <see cref="InputSize"/>]</param>
    /// <param name="y">[<see cref="OutputSteps"/>(T), <see cref="OutputSize"/>], written.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or an id is not in the table.</exception>
    /// <exception cref="InvalidOperationException">The model reads a source: <see cref="Run(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public void Run(ReadOnlySpan<float> x, Span<float> y)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ThrowIfNeedsSource();
        int steps = StreamSizes.SequenceSteps(this, x.Length, y.Length);
        Plan.RunSequence(new PlanMemory(Plan, 1), x, y, steps);
    }

    /// <summary>Reads a source and writes a whole sequence from it: encoder–decoder models. Allocates its buffers.</summary>
    /// <param name="source">[S, <see cref="SourceSize"/>], S 1 or more.</param>
    /// <param name="x">What was written one step before each step [T, <see cref="InputSize"/>].</param>
    /// <param name="y">[T, <see cref="OutputSize"/>], written.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or an id is not in the table.</exception>
    /// <exception cref="InvalidOperationException">The model reads no source.</exception>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public void Run(ReadOnlySpan<float> source, ReadOnlySpan<float> x, Span<float> y)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ThrowIfTranslates();
        SourceEncoder encoder = Plan.Encoder ?? throw new InvalidOperationException("this model reads no source: use Run(x, y)");
        int sourceSteps = StreamSizes.SourceSteps(encoder, source.Length), steps = StreamSizes.SequenceSteps(this, x.Length, y.Length);
        Plan.RunSequence(encoder.Read(Plan, source, sourceSteps), x, y, steps);
    }

    /// <summary>Refuses all further use, of streams as well, and ends the threads. No stream may be in the middle of a step.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Plan.Team?.Dispose();
    }

    internal static CompiledModel Compile(ModelFile file, string name, CompileOptions? options)
    {
        try
        {
            return new CompiledModel(file, options);
        }
        catch (NotSupportedException e)
        {
            throw new ModelFileException(name, e.Message, null, e);
        }
    }

    private void ThrowIfNeedsSource()
    {
        if (Plan.Encoder is not null)
        {
            throw new InvalidOperationException("this model writes from a source: use CompiledModel.Run(source, x, y)");
        }

        ThrowIfTranslates();
    }

    private void ThrowIfTranslates()
    {
        if (Plan.Sentences is not null)
        {
            throw new InvalidOperationException("this model translates: use CompiledModel.OpenDecoder(sentences, rows), or a Translator");
        }
    }

    private void ThrowIfNotStreaming()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ThrowIfNeedsSource();
        if (!IsStreaming)
        {
            throw new InvalidOperationException("this model has a layer that sees later time steps and needs whole sequences: use CompiledModel.Run");
        }
    }
}
