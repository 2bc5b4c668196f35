namespace Carousel.Tasks.LanguageModelling;

/// <summary>
/// What regularises a language model while it is trained, beside the dropout of the model itself: the kit of the AWD-LSTM (Merity, Keskar &amp; Socher 2018). Averaged SGD is
/// the <c>averaging</c> of the training, tied embeddings the <c>tied</c> of the model.
/// </summary>
public sealed record AwdConfig
{
    /// <summary>True to draw the dropout masks after the embedding, between layers and before the output layer once for a whole chunk (Gal &amp; Ghahramani 2016); false to draw them at every time step.</summary>
    /// <value>false</value>
    public bool Variational { get; init; }

    /// <summary>Share of features set to zero after the embedding; null for the model's <c>dropout</c>.</summary>
    /// <value>null</value>
    public float? InputDropout { get; init; }

    /// <summary>Share of the words of the vocabulary whose embedding is zero for a whole chunk, 0 ≤ p &lt; 1.</summary>
    /// <value>0</value>
    public float EmbeddingDropout { get; init; }

    /// <summary>Share of the recurrent weights that is zero for a whole chunk, 0 ≤ p &lt; 1.</summary>
    /// <value>0</value>
    public float WeightDrop { get; init; }

    /// <summary>α of α · mean(h²), added to the loss (AR): h of the last layer after dropout; 0 or more.</summary>
    /// <value>0</value>
    public float ActivationPenalty { get; init; }

    /// <summary>β of β · mean((h_t − h_t−1)²), added to the loss (TAR): h of the last layer before dropout; 0 or more.</summary>
    /// <value>0</value>
    public float TemporalPenalty { get; init; }

    /// <summary>
    /// True to begin every pass at another place of the text, drawn at random, and to go on from its end to its beginning: chunks and streams are cut elsewhere in every pass,
    /// so that no word always stands behind a cut, where no gradient reaches. The place of the chunks of random length of the AWD-LSTM, at chunks of one length, which cost less.
    /// </summary>
    /// <value>false</value>
    public bool RandomStart { get; init; }

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        foreach ((string name, float rate) in new[] { ("input_dropout", InputDropout ?? 0), ("embedding_dropout", EmbeddingDropout), ("weight_drop", WeightDrop) })
        {
            if (!(rate is >= 0 and < 1))
            {
                yield return $"{name} is {rate}, expected 0 ≤ p < 1";
            }
        }

        foreach ((string name, float factor) in new[] { ("activation_penalty", ActivationPenalty), ("temporal_penalty", TemporalPenalty) })
        {
            if (!(factor >= 0 && float.IsFinite(factor)))
            {
                yield return $"{name} is {factor}, expected a finite number, 0 or more";
            }
        }
    }
}
