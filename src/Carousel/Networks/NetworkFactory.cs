using Carousel.Cells;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Networks;

/// <summary>From the record of a network to the network.</summary>
public static class NetworkFactory
{
    /// <summary>Makes a layer, or a whole network, with fresh weights. Its parameters have the names and shapes of <see cref="LayerConfig.Parameters"/>, in that order.</summary>
    /// <param name="config">What to make.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public static Layer Create(LayerConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        config.ThrowIfInvalid();
        return config switch
        {
            LstmConfig lstm => new Lstm(lstm, random, initialization),
            PeepholeLstmConfig lstm => new PeepholeLstm(lstm, random, initialization),
            CoupledLstmConfig lstm => new CoupledLstm(lstm, random, initialization),
            LayerNormLstmConfig lstm => new LayerNormLstm(lstm, random, initialization),
            ClippedLstmConfig lstm => new ClippedLstm(lstm, random, initialization),
            ZoneoutLstmConfig lstm => new ZoneoutLstm(lstm, random, initialization),
            DropoutLstmConfig lstm => new DropoutLstm(lstm, random, initialization),
            GruConfig gru => new Gru(gru, random, initialization),
            LinearConfig linear => new Linear(linear, random, initialization),
            EmbeddingConfig embedding => new Embedding(embedding, random, initialization),
            DropoutConfig dropout => new Dropout(dropout),
            LayerNormConfig norm => new LayerNorm(norm),
            Conv1dConfig convolution => new Conv1d(convolution, random, initialization),
            AdditiveAttentionConfig attention => new AdditiveAttention(attention, random, initialization),
            LuongAttentionConfig attention => new LuongAttention(attention, random, initialization),
            MultiHeadAttentionConfig attention => new MultiHeadAttention(attention, random, initialization),
            EncoderLayerConfig encoder => new EncoderLayer(encoder, random, initialization),
            SequentialConfig sequential => new Sequential(sequential.Layers.Select(layer => Create(layer, random, initialization))),
            _ => throw new ArgumentException($"no layer is known for {config.GetType().Name}", nameof(config)),
        };
    }
}
