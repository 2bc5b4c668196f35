using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>Looks up one row of a table for each token: [B, T] ids → [B, T, E].</summary>
/// <param name="VocabularySize">V, rows of the table; 1 or more.</param>
/// <param name="EmbeddingSize">E, features of a row; 1 or more.</param>
public sealed record EmbeddingConfig(int VocabularySize, int EmbeddingSize) : LayerConfig
{
    /// <summary>The row that never learns, −V … V − 1, counted from the end when negative as in PyTorch; null for none.</summary>
    /// <value>null</value>
    public int? PaddingIndex { get; init; }

    /// <summary>1: a token's id.</summary>
    public override int InputFeatures => 1;

    /// <inheritdoc/>
    public override int OutputFeatures => EmbeddingSize;

    /// <summary>This record: an embedding reads ids, whatever comes before it.</summary>
    /// <param name="features">Not used.</param>
    public override LayerConfig WithInput(int features) => this;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        VocabularySize = json.Get(VocabularySize),
        EmbeddingSize = json.Get(EmbeddingSize),
        PaddingIndex = json.Get(PaddingIndex),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        Problems problems = new Problems().Size(VocabularySize).Size(EmbeddingSize);
        return PaddingIndex is { } index ? problems.Range(index, -VocabularySize, VocabularySize - 1, nameof(PaddingIndex)) : problems;
    }

    /// <summary>weight [V, E].</summary>
    public override IEnumerable<ParameterSpec> Parameters() => [new("weight", [VocabularySize, EmbeddingSize])];
}
