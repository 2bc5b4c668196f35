using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Benchmarks;

/// <summary>A network with a batch, trained again and again: what <c>carousel bench training</c> measures. Rivals make the same network from the same numbers.</summary>
/// <param name="name">Name of the job.</param>
/// <param name="unit">What is counted: words, target tokens, samples.</param>
/// <param name="items">How many of them a step takes.</param>
internal abstract class TrainingJob(string name, string unit, int items)
{
    /// <summary>Largest norm of the gradient of a step.</summary>
    public const double ClipNorm = 5;

    /// <summary>Learning rate of plain SGD.</summary>
    public const double LearningRate = 0.1;

    // Weights start between ± this.
    private const float WeightRange = 0.08f;

    /// <summary>Makes each job anew, by name; in the order of their memory, so that what one leaves behind does not show in the next.</summary>
    public static IReadOnlyDictionary<string, Func<TrainingJob>> All { get; } = new Dictionary<string, Func<TrainingJob>>
    {
        ["forecaster"] = static () => new ForecastJob(),
        ["lm_small"] = static () => new LanguageModelJob("lm_small", hidden: 200, steps: 20, batch: 20),
        ["lm_medium"] = static () => new LanguageModelJob("lm_medium", hidden: 650, steps: 35, batch: 20),
        ["seq2seq"] = static () => new TranslationJob(),
    };

    /// <summary>Name of the job.</summary>
    public string Name => name;

    /// <summary>What is counted.</summary>
    public string Unit => unit;

    /// <summary>How many of them a step takes.</summary>
    public int Items => items;

    /// <summary>The trained parameters, in the order in which rivals number them.</summary>
    public abstract IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Multiplications and additions of one step in products with weights: 2 for each weight and row it meets going forward, twice that going back (gradients of the rows, and of
    /// the weights). Embeddings, gates, soft-max, clipping and update do not count.</summary>
    public double Operations => 3 * 2.0 * MultiplyAdds;

    /// <summary>Weights met by rows, going forward.</summary>
    protected abstract double MultiplyAdds { get; }

    /// <summary>The loss of the batch.</summary>
    /// <param name="tape">Where it is recorded; run again for each further step.</param>
    public abstract Tensor Loss(Tape tape);

    /// <summary>Called when a step is over and its tape still holds everything: the moment to carry a state on.</summary>
    public virtual void EndStep()
    {
    }

    /// <summary>Gives all parameters the numbers that every engine starts from.</summary>
    protected void Start()
    {
        foreach ((int index, (_, Parameter parameter)) in Parameters.Index())
        {
            BenchmarkModel.FillRandom((uint)index, WeightRange, parameter.Tensor.Values);
        }
    }

    /// <summary>Ids that every engine makes for itself: number k of the ids of a job is 1000 + k.</summary>
    protected static int[] Ids(uint number, int count, int vocabulary)
    {
        float[] uniform = Numbers(number, count);
        return [.. uniform.Select(value => (int)((value + 1) * (1 << 23)) % vocabulary)];
    }

    /// <summary>Numbers −1 … 1 that every engine makes for itself.</summary>
    protected static float[] Numbers(uint number, int count)
    {
        float[] values = new float[count];
        BenchmarkModel.FillRandom(1000 + number, 1, values);
        return values;
    }

    /// <summary>Weights of the matrices of an LSTM.</summary>
    protected static double MatrixWeights(LstmConfig config) => config.Parameters().Where(static parameter => parameter.Shape.Count == 2).Sum(static parameter => (double)parameter.Count);
}
