using Carousel.Autograd;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;

namespace Carousel.Tasks.Transcription;

/// <summary>A trained transcriber: network, labels, scaler, language model and the recipe it came from, as one model file holds them.</summary>
public sealed class TranscriptionModel
{
    private const int BatchSize = 16;

    private readonly ModelFile _file;

    private TranscriptionModel(ModelFile file, TranscriptionNetwork network, StandardScaler scaler, VocabularyTokenizer labels, TranscriptionRecipe? recipe) =>
        (_file, Network, Scaler, Labels, Recipe) = (file, network, scaler, labels, recipe);

    /// <summary>The network with its trained weights.</summary>
    public TranscriptionNetwork Network { get; }

    /// <summary>Fitted on the training part.</summary>
    public StandardScaler Scaler { get; }

    /// <summary>The labels: characters or words.</summary>
    public VocabularyTokenizer Labels { get; }

    /// <summary>Made from the training transcripts; null for none.</summary>
    public NGramModel? LanguageModel => _file.LanguageModel;

    /// <summary>How it was trained; null when the file does not say.</summary>
    public TranscriptionRecipe? Recipe { get; }

    /// <summary>Writes a model file.</summary>
    /// <param name="path">The file; written atomically.</param>
    /// <param name="network">Network and weights.</param>
    /// <param name="data">Whose scaler, labels and language model are stored too.</param>
    /// <param name="recipe">How it was trained, resolved.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, TranscriptionNetwork network, TranscriptionData data, TranscriptionRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        new ModelFile(network.Config, NetworkWeights.Stored(network.Parameters), data.Scaler, TranscriptionRecipeJson.Shared.Write(recipe), data.Labels, languageModel: data.LanguageModel).Save(path);
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no transcriber.</exception>
    public static TranscriptionModel Load(string path)
    {
        ModelFile file = ModelFile.Load(path);
        if (file.Config is not TranscriberConfig config || file.Tokenizer is not VocabularyTokenizer labels || file.Scaler is not { } scaler)
        {
            throw new ModelFileException(path, $"holds a model for the task '{file.Config.Task}', expected 'transcribe'");
        }

        var network = new TranscriptionNetwork(config, new RandomSource(0));
        NetworkWeights.Load(network.Parameters, file);
        return new TranscriptionModel(file, network, scaler, labels, file.Recipe is null ? null : TranscriptionRecipeJson.Shared.Read<TranscriptionRecipe>(file.Recipe, $"{path}, recipe"));
    }

    /// <summary>The logits of utterances, each as if it were alone.</summary>
    /// <param name="network">Network and weights.</param>
    /// <param name="scaler">Fitted on the training part.</param>
    /// <param name="utterances">The utterances [N].</param>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>[T′, V + 1] of each utterance.</returns>
    public static float[][] Logits(TranscriptionNetwork network, StandardScaler scaler, IReadOnlyList<Utterance> utterances, Tape tape, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(tape);
        AudioFeaturesConfig config = network.Config.Features;
        var features = new AudioFeatures(config, scaler);
        var all = new float[utterances.Count][];
        bool isFirst = true;
        foreach (int[] chosen in Enumerable.Range(0, utterances.Count).OrderBy(i => utterances[i].FrameCount).Chunk(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset(keepsWeights: !isFirst);
            isFirst = false;
            UtteranceBatch batch = UtteranceBatch.Of(tape, config.StepFeatures, [.. chosen.Select(i => features.OfFrames(utterances[i].Frames))]);
            (Tensor logits, int[] lengths) = network.Forward(tape, batch.Steps, batch.Lengths);
            int classes = logits.Shape[2];
            for (int i = 0; i < chosen.Length; i++)
            {
                float[] own = all[chosen[i]] = new float[lengths[i] * classes];
                for (int t = 0; t < lengths[i]; t++)
                {
                    logits.Values.Slice(((t * chosen.Length) + i) * classes, classes).CopyTo(own.AsSpan(t * classes));
                }
            }
        }

        tape.Reset();
        return all;
    }

    /// <summary>What greedy decoding hears.</summary>
    /// <param name="logits">[T, V + 1] of each utterance.</param>
    /// <param name="labels">The labels.</param>
    public static string[] Greedy(IEnumerable<float[]> logits, VocabularyTokenizer labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        return [.. logits.Select(own => LabelText.Decode(CtcGreedy.Decode(own, labels.Count + 1).Select(heard => heard.Label), labels))];
    }

    /// <summary>Measures the model in both ways of decoding.</summary>
    /// <param name="utterances">What to measure on.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="options">How to search; null for the way of the model file.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <exception cref="ArgumentException">The options do not fit the model.</exception>
    public TranscriptionScores Evaluate(IReadOnlyList<Utterance> utterances, Workers workers, TranscriberOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(workers);
        return Score(utterances, Logits(Network, Scaler, utterances, new Tape(workers: workers, isRecording: false), cancellation), workers, options, cancellation);
    }

    /// <summary>Measures the model as deployment runs it, in any precision.</summary>
    /// <param name="utterances">What to measure on.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="compile">How to prepare it.</param>
    /// <param name="options">How to search; null for the way of the model file.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>The scores, and the logits of all utterances one after the other.</returns>
    public (TranscriptionScores Scores, float[] Logits) Evaluate(IReadOnlyList<Utterance> utterances, Workers workers, CompileOptions compile, TranscriberOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        ArgumentNullException.ThrowIfNull(workers);
        using CompiledModel model = CompiledModel.Compile(_file, compile);
        var features = new AudioFeatures(Network.Config.Features, Scaler);
        var logits = new float[utterances.Count][];
        for (int i = 0; i < logits.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] steps = features.OfFrames(utterances[i].Frames);
            logits[i] = new float[model.OutputSteps(steps.Length / model.InputSize) * model.OutputSize];
            if (steps.Length > 0)
            {
                model.Run(steps, logits[i]);
            }
        }

        return (Score(utterances, logits, workers, options, cancellation), [.. logits.SelectMany(own => own)]);
    }

    private TranscriptionScores Score(IReadOnlyList<Utterance> utterances, float[][] logits, Workers workers, TranscriberOptions? options, CancellationToken cancellation)
    {
        using Transcriber transcriber = Transcriber.From(_file, "the model", options);
        string[] found = new string[logits.Length];
        workers.Run(logits.Length, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            found[i] = transcriber.Decode(logits[i]).Text;
        });
        return new TranscriptionScores(TranscriptionScore.Of(utterances, Greedy(logits, Labels)), TranscriptionScore.Of(utterances, found));
    }
}
