using Carousel.Autograd;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Tasks.Classification;

/// <summary>A trained classifier: network, inputs and the recipe it came from, as one model file holds them.</summary>
public sealed class ClassificationModel
{
    private readonly ModelFile _file;

    private ClassificationModel(ModelFile file, ClassificationNetwork network, ClassifierInputs inputs, ClassificationRecipe? recipe) =>
        (_file, Network, Inputs, Recipe) = (file, network, inputs, recipe);

    /// <summary>The network with its trained weights.</summary>
    public ClassificationNetwork Network { get; }

    /// <summary>What it reads, and its labels.</summary>
    public ClassifierInputs Inputs { get; }

    /// <summary>How it was trained; null when the file does not say.</summary>
    public ClassificationRecipe? Recipe { get; }

    /// <summary>Writes a model file.</summary>
    /// <param name="path">The file; written atomically.</param>
    /// <param name="network">Network and weights.</param>
    /// <param name="inputs">Learned from the training part.</param>
    /// <param name="recipe">How it was trained, resolved.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, ClassificationNetwork network, ClassifierInputs inputs, ClassificationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        new ModelFile(network.Config, NetworkWeights.Stored(network.Parameters), inputs.Scaler, ClassificationRecipeJson.Shared.Write(recipe), inputs.Tokenizer).Save(path);
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no classifier.</exception>
    public static ClassificationModel Load(string path)
    {
        ModelFile file = ModelFile.Load(path);
        if (file.Config is not ClassifierConfig config)
        {
            throw new ModelFileException(path, $"holds a model for the task '{file.Config.Task}', expected 'classify'");
        }

        var network = new ClassificationNetwork(config, new RandomSource(0));
        NetworkWeights.Load(network.Parameters, file);
        var inputs = new ClassifierInputs(config.Labels, file.Scaler, file.Tokenizer, config.Audio);
        return new ClassificationModel(file, network, inputs, file.Recipe is null ? null : ClassificationRecipeJson.Shared.Read<ClassificationRecipe>(file.Recipe, $"{path}, recipe"));
    }

    /// <summary>Measures the model on one part of the data.</summary>
    /// <param name="sequences">Encoded with this model's inputs.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public ScoredSequences Evaluate(LabelledSequences sequences, Workers workers, CancellationToken cancellation = default) =>
        ScoredSequences.Of(Network, sequences, new Tape(workers: workers, isRecording: false), cancellation);

    /// <summary>Measures the model on one part of the data as deployment runs it: compiled, in any precision.</summary>
    /// <param name="sequences">Encoded with this model's inputs.</param>
    /// <param name="options">How to compile it.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <exception cref="NotSupportedException">The model holds a layer that the runtime cannot run.</exception>
    public ScoredSequences Evaluate(LabelledSequences sequences, CompileOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        using CompiledModel model = CompiledModel.Compile(_file, options);
        int labels = model.OutputSize;
        float[] probabilities = new float[sequences.Count * labels];
        for (int at = 0; at < sequences.Count; at++)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] logits = new float[model.OutputSteps(sequences.StepsOf(at)) * labels];
            model.Run(sequences.Values[at], logits);
            KernelCatalog.Selected.Softmax(logits.AsSpan(^labels..), probabilities.AsSpan(at * labels, labels));
        }

        return ScoredSequences.Of(probabilities, sequences);
    }
}
