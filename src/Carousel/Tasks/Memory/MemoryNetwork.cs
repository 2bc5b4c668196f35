using Carousel.Autograd;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Memory;

/// <summary>The network of a test of memory, and the sequences it is tested on.</summary>
public sealed class MemoryNetwork
{
    private const int Batch = 100;

    private readonly MemoryProblem _problem;
    private readonly Sequential _layers;

    /// <summary>Makes the network with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">What it is.</param>
    public MemoryNetwork(MemoryRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        Recipe = recipe;
        _problem = MemoryProblem.Of(recipe);
        Config = recipe.Network();
        _layers = (Sequential)NetworkFactory.Create(Config.Network, new RandomSource(recipe.Training.Seed));
        Parameters = [.. _layers.Parameters().Select(entry => ($"network.{entry.Name}", entry.Parameter))];
    }

    /// <summary>What it is.</summary>
    public MemoryRecipe Recipe { get; }

    /// <summary>The same as a model file names it.</summary>
    public NetworkConfig Config { get; }

    /// <summary>The parameters: <c>network.*</c>.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>The outputs at the steps that are answered.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="part">train, valid or test.</param>
    /// <param name="examples">Numbers of sequences of this part.</param>
    /// <returns>Outputs [K, B, O] and the answers [K, B].</returns>
    public (Tensor Outputs, Tensor Answers) Forward(Tape tape, string part, ReadOnlySpan<int> examples)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int batch = examples.Length, answered = _problem.Answers;
        Tensor x = tape.Empty(_problem.Steps, batch, _problem.Inputs), answers = tape.Empty(answered, batch);
        float[] sequence = new float[_problem.Steps * _problem.Inputs], own = new float[answered];
        for (int i = 0; i < batch; i++)
        {
            Draw(part, examples[i], sequence, own);
            for (int step = 0; step < _problem.Steps; step++)
            {
                sequence.AsSpan(step * _problem.Inputs, _problem.Inputs).CopyTo(x.Values[(((step * batch) + i) * _problem.Inputs)..]);
            }

            for (int answer = 0; answer < answered; answer++)
            {
                answers.Values[(answer * batch) + i] = own[answer];
            }
        }

        // Only where it is answered is the last layer worth its product.
        (Tensor output, _) = _layers.Layers[0].Forward(tape, x, null);
        (output, _) = _layers.Layers[1].Forward(tape, output.Range(_problem.Steps - answered, answered), null);
        return (output, answers);
    }

    /// <summary>The loss of some training sequences.</summary>
    public Tensor Loss(Tape tape, ReadOnlySpan<int> examples)
    {
        (Tensor outputs, Tensor answers) = Forward(tape, "train", examples);
        return _problem.Loss(tape, outputs, answers);
    }

    /// <summary>Scores the network.</summary>
    /// <param name="part">train, valid or test.</param>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>Metrics by name, the one that counts first.</returns>
    public IReadOnlyDictionary<string, double> Score(string part, Tape tape, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tape);
        List<float> outputs = [], answers = [];
        for (int start = 0; start < Recipe.Held; start += Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset(keepsWeights: start > 0);
            (Tensor found, Tensor right) = Forward(tape, part, [.. Enumerable.Range(start, Math.Min(Batch, Recipe.Held - start))]);
            outputs.AddRange(found.Values);
            answers.AddRange(right.Values);
        }

        tape.Reset();
        return _problem.Score([.. outputs], [.. answers]);
    }

    /// <summary>Writes a model file.</summary>
    /// <param name="path">The file; written atomically.</param>
    public void Save(string path) => new ModelFile(Config, NetworkWeights.Stored(Parameters), recipe: MemoryRecipeJson.Shared.Write(Recipe)).Save(path);

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or was not trained on a test of memory.</exception>
    public static MemoryNetwork Load(string path)
    {
        ModelFile file = ModelFile.Load(path);
        if (file.Recipe is null || RecipeOverrides.TaskOf(file.Recipe) != "memory")
        {
            throw new ModelFileException(path, "was not trained on a test of memory");
        }

        var network = new MemoryNetwork(MemoryRecipeJson.Shared.Read<MemoryRecipe>(file.Recipe, $"{path}, recipe"));
        if (!network.Config.Equals(file.Config))
        {
            throw new ModelFileException(path, "holds another network than its recipe says");
        }

        NetworkWeights.Load(network.Parameters, file);
        return network;
    }

    // A sequence follows from its part and number alone, whatever the seed of the training.
    private void Draw(string part, int example, float[] sequence, float[] answers)
    {
        ulong stream = part switch { "train" => 1, "valid" => 2, _ => 3 };
        Array.Clear(sequence);
        _problem.Draw(new RandomSource((stream << 32) | (uint)example), sequence, answers);
    }
}
