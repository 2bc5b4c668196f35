using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Data;
using Carousel.Losses;
using Carousel.Metrics;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>A trained language model: network, tokeniser and the recipe it came from, as one model file holds them.</summary>
public sealed class LanguageModel
{
    // Time steps measured at a time when the text is one stream: enough to fill the products.
    private const int LongChunk = 512;

    private readonly ModelFile _file;

    private LanguageModel(ModelFile file, LanguageModelNetwork network, Tokenizer tokenizer, LanguageModelRecipe? recipe) =>
        (_file, Network, Tokenizer, Recipe) = (file, network, tokenizer, recipe);

    /// <summary>The network with its trained weights.</summary>
    public LanguageModelNetwork Network { get; }

    /// <summary>How it reads and writes text.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>How it was trained; null when the file does not say.</summary>
    public LanguageModelRecipe? Recipe { get; }

    /// <summary>Writes a model file.</summary>
    /// <param name="path">The file; written atomically.</param>
    /// <param name="network">Network and weights.</param>
    /// <param name="tokenizer">Made from the training part.</param>
    /// <param name="recipe">How it was trained, resolved.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, LanguageModelNetwork network, Tokenizer tokenizer, LanguageModelRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(network);
        new ModelFile(network.Config, NetworkWeights.Stored(network.Parameters), recipe: LanguageModelRecipeJson.Shared.Write(recipe), tokenizer: tokenizer).Save(path);
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no language model.</exception>
    public static LanguageModel Load(string path)
    {
        ModelFile file = ModelFile.Load(path);
        if (file.Config is not LanguageModelConfig config || file.Tokenizer is not { } tokenizer)
        {
            throw new ModelFileException(path, $"holds a model for the task '{file.Config.Task}', expected 'lm'");
        }

        var network = new LanguageModelNetwork(config, new RandomSource(0));
        NetworkWeights.Load(network.Parameters, file);
        return new LanguageModel(file, network, tokenizer, file.Recipe is null ? null : LanguageModelRecipeJson.Shared.Read<LanguageModelRecipe>(file.Recipe, $"{path}, recipe"));
    }

    /// <summary>Measures a network on a text, every token but the first counted once, the state carried from the beginning of a stream to its end.</summary>
    /// <param name="network">Network and weights.</param>
    /// <param name="tokens">Ids of the text [N], 2 or more.</param>
    /// <param name="streams">Parallel streams the text is cut into, each of which begins without a memory: 1 is exact, more are faster.</param>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public static Perplexity Evaluate(LanguageModelNetwork network, int[] tokens, int streams, Tape tape, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(tape);
        var text = new TextStreams(tokens, streams, Math.Max(1, LongChunk / streams));
        int[] inputs = new int[text.Steps * text.Streams], targets = new int[inputs.Length];
        double sum = 0;
        LstmState? state = null;
        for (int chunk = 0; chunk < text.Chunks; chunk++)
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset(keepsWeights: chunk > 0);
            int count = text.StepsOf(chunk) * text.Streams;
            text.Read(chunk, inputs, targets);
            (Tensor terms, LstmState after) = network.Loss(tape, inputs.AsMemory(0, count), targets.AsMemory(0, count), text.Streams, state, TextStreams.None, Reduction.None);
            foreach (float term in terms.Values)
            {
                sum += term;
            }

            state = after.Detach();
        }

        tape.Reset();
        return new Perplexity(sum, text.Targets);
    }

    /// <summary>
    /// Metrics by name, as reports and JSON spell them: perplexity, bits and nats per token; bits per character or, of subwords, bits per byte, which do not depend on how
    /// the text was cut.
    /// </summary>
    /// <param name="perplexity">Of the tokens, all but the first.</param>
    /// <param name="tokenizer">Of the text.</param>
    /// <param name="tokens">Ids of the text [N].</param>
    public static IReadOnlyDictionary<string, double> Metrics(Perplexity perplexity, Tokenizer tokenizer, int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(perplexity);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(tokens);
        var metrics = new Dictionary<string, double> { ["perplexity"] = perplexity.Value, ["bits_per_token"] = perplexity.BitsPerToken, ["nll"] = perplexity.NllMean };
        if (tokenizer.Unit == TextUnit.Character)
        {
            metrics["bits_per_character"] = perplexity.BitsPerToken;
        }
        else if (tokenizer.Unit == TextUnit.Subword)
        {
            metrics["bits_per_byte"] = perplexity.NllSum / Math.Log(2) / tokenizer.BytesOf(tokens.AsSpan(1));
        }

        return metrics;
    }

    /// <summary>Measures the model on a text as one stream.</summary>
    /// <param name="tokens">Ids of the text [N], 2 or more.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public Perplexity Evaluate(int[] tokens, Workers workers, CancellationToken cancellation = default) =>
        Evaluate(Network, tokens, streams: 1, new Tape(workers: workers, isRecording: false), cancellation);

    /// <summary>Measures the model on a text as deployment runs it, token after token in any precision, beside float32.</summary>
    /// <param name="tokens">Ids of the text [N], 2 or more.</param>
    /// <param name="options">How to compile it.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>Both measures, and the largest difference of a logit between the two.</returns>
    public (Perplexity Found, Perplexity Exact, float LargestDifference) Evaluate(int[] tokens, CompileOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(options);
        using CompiledModel model = CompiledModel.Compile(_file, options), reference = CompiledModel.Compile(_file, options with { Precision = Precision.Float32 });
        using ModelStream stream = model.OpenStream(), exact = reference.OpenStream();
        float[] logits = new float[model.OutputSize], exactLogits = new float[model.OutputSize];
        double sum = 0, exactSum = 0;
        float largest = 0;
        for (int at = 0; at + 1 < tokens.Length; at++)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Step([tokens[at]], logits);
            exact.Step([tokens[at]], exactLogits);
            for (int token = 0; token < logits.Length; token++)
            {
                largest = Math.Max(largest, Math.Abs(logits[token] - exactLogits[token]));
            }

            sum += Surprise(logits, tokens[at + 1]);
            exactSum += Surprise(exactLogits, tokens[at + 1]);
        }

        return (new Perplexity(sum, tokens.Length - 1), new Perplexity(exactSum, tokens.Length - 1), largest);
    }

    // −log softmax(logits)[target]; overwrites the logits.
    private static float Surprise(float[] logits, int target)
    {
        float logit = logits[target];
        return KernelCatalog.Selected.Softmax(logits, logits) - logit;
    }
}
