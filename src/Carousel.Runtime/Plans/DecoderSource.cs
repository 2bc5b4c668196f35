using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>A sentence as a decoder looks at it: made once, read at every step by every hypothesis. It has no padding, so there is nothing to mask.</summary>
internal sealed class DecoderSource
{
    /// <summary>Packs what an encoder has read.</summary>
    /// <param name="steps">S</param>
    /// <param name="keys">k_s, what contexts are made of [S, K].</param>
    /// <param name="compared">What queries are compared with [S, Q].</param>
    /// <param name="isAdditive">True when query and key go through a tanh together, false when they are multiplied.</param>
    public DecoderSource(int steps, ReadOnlySpan<float> keys, ReadOnlySpan<float> compared, bool isAdditive)
    {
        Steps = steps;
        int width = keys.Length / steps;
        float[] transposed = new float[keys.Length];
        for (int at = 0; at < keys.Length; at++)
        {
            transposed[((at % width) * steps) + (at / width)] = keys[at];
        }

        Contexts = Panels.OfColumns(PanelFormat.Single, width, transposed);
        if (isAdditive)
        {
            int inner = compared.Length / steps;
            Compared = new SequenceBuffer(steps, inner);
            for (int step = 0; step < steps; step++)
            {
                compared.Slice(step * inner, inner).CopyTo(Compared.Rows.Row(step, inner));
            }
        }
        else
        {
            Scores = Panels.OfColumns(PanelFormat.Single, steps, compared);
        }
    }

    /// <summary>S</summary>
    public int Steps { get; }

    /// <summary>[S] → [K]: the context from the weights.</summary>
    public Panels Contexts { get; }

    /// <summary>[Q] → [S]: the scores from the query; null for an additive score.</summary>
    public Panels? Scores { get; }

    /// <summary>What an additive score adds to the query [S, A]; else null.</summary>
    public SequenceBuffer? Compared { get; }
}
