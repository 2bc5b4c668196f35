using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>Looks up one row of a table for each id. Parameter <c>weight</c> [V, E].</summary>
public sealed class Embedding : Layer
{
    private readonly int? _padding;

    /// <summary>Makes the layer with a fresh table; the padding row starts at 0.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public Embedding(EmbeddingConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        config.ThrowIfInvalid();
        Config = config;
        Weight = new Parameter("weight", config.VocabularySize, config.EmbeddingSize);
        (initialization ?? Initialization.Default).Embedding(Weight, random);
        _padding = config.PaddingIndex < 0 ? config.PaddingIndex + config.VocabularySize : config.PaddingIndex;
        if (_padding is { } row)
        {
            Weight.Tensor.At(row).Values.Clear();
        }
    }

    /// <summary>Sizes and switches.</summary>
    public EmbeddingConfig Config { get; }

    /// <summary>The table [V, E].</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() => [("weight", Weight)];

    /// <summary>Looks up ids.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="ids">As many as the shape has elements, row-major, each 0 … V − 1.</param>
    /// <param name="shape">Shape of the ids, such as [T, B].</param>
    /// <returns>[…shape, E]</returns>
    /// <exception cref="ArgumentException">The number of ids does not fit the shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id leaves the table.</exception>
    public Tensor Forward(Tape tape, ReadOnlySpan<int> ids, params ReadOnlySpan<int> shape) =>
        Forward(tape, ids.ToArray().AsMemory(), shape);

    /// <inheritdoc cref="Forward(Tape, ReadOnlySpan{int}, ReadOnlySpan{int})"/>
    /// <remarks>The ids are read whenever the operation runs: once more by <see cref="Tape.Replay"/>.</remarks>
    public Tensor Forward(Tape tape, ReadOnlyMemory<int> ids, params ReadOnlySpan<int> shape) =>
        tape.Embed(ids, Weight, _padding).Reshape([.. shape, Config.EmbeddingSize]);

    /// <summary>Looks up ids that are held as float32, which is exact for every vocabulary allowed.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B] or [T, B, 1], whole numbers 0 … V − 1.</param>
    /// <param name="state">Null: the layer remembers nothing.</param>
    /// <param name="lengths">Not used: padding is looked up like any other id.</param>
    /// <returns>[T, B, E]</returns>
    /// <exception cref="ArgumentException">The shape is another one, or an element is no whole number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id leaves the table.</exception>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank is not (2 or 3) || (x.Rank == 3 && x.Shape[2] != 1))
        {
            throw new ArgumentException($"an embedding takes ids [T, B] or [T, B, 1], found {x}", nameof(x));
        }

        ReadOnlySpan<float> values = x.Values;
        int[] ids = new int[values.Length];
        for (int at = 0; at < ids.Length; at++)
        {
            ids[at] = (int)values[at];
            if (ids[at] != values[at])
            {
                throw new ArgumentException($"id {at} of {ids.Length} is {values[at]}, expected a whole number 0 … {Config.VocabularySize - 1}", nameof(x));
            }
        }

        return (Forward(tape, ids, x.Shape[0], x.Shape[1]), null);
    }
}
