using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Tasks.Memory;

/// <summary>Sequences made up at random whose answer depends on what stood there long before: a network that forgets cannot give it.</summary>
public abstract class MemoryProblem
{
    /// <summary>T, steps of a sequence.</summary>
    public abstract int Steps { get; }

    /// <summary>I, numbers of one step.</summary>
    public abstract int Inputs { get; }

    /// <summary>O, outputs of one step.</summary>
    public abstract int Outputs { get; }

    /// <summary>K, how many steps at the end of a sequence are answered.</summary>
    public abstract int Answers { get; }

    /// <summary>What the best answer without any memory reaches, by metric name.</summary>
    public abstract IReadOnlyDictionary<string, double> WithoutMemory { get; }

    /// <summary>The problem of a recipe.</summary>
    public static MemoryProblem Of(MemoryRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return recipe.Problem == MemoryProblemKind.Copy ? new CopyProblem(recipe.Length, recipe.Symbols) : new AddingProblem(recipe.Length);
    }

    /// <summary>Makes up one sequence.</summary>
    /// <param name="random">Determines it.</param>
    /// <param name="x">[T, I], zeros before, written.</param>
    /// <param name="answers">[K], written: numbers, or the places of symbols.</param>
    public abstract void Draw(RandomSource random, Span<float> x, Span<float> answers);

    /// <summary>How far outputs are from the answers, to be minimised.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="outputs">[K, B, O]</param>
    /// <param name="answers">[K, B]</param>
    /// <returns>A single number.</returns>
    public abstract Tensor Loss(Tape tape, Tensor outputs, Tensor answers);

    /// <summary>Metrics by name: the one that counts first. The model is chosen by <c>mse</c> or <c>nll</c>.</summary>
    /// <param name="outputs">[N, O] for N answers.</param>
    /// <param name="answers">[N]</param>
    public abstract IReadOnlyDictionary<string, double> Score(ReadOnlySpan<float> outputs, ReadOnlySpan<float> answers);
}
