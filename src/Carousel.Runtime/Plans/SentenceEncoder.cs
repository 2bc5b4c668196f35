using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>The half of a translation model that reads: many sentences at once, each with the bits it would get alone.</summary>
/// <param name="config">What the model is.</param>
/// <param name="encoder">Ids in, k_s out.</param>
/// <param name="bridge">The linear layer of a learned bridge; null where the state is copied.</param>
/// <param name="compared">What keys go through before queries are compared with them; null where they are compared as they are.</param>
internal sealed class SentenceEncoder(Seq2SeqConfig config, Plan encoder, Plan? bridge, Plan? compared)
{
    // Rows of keys that go through their product together.
    private const int KeyRows = 192;

    /// <summary>Bytes of weights that a time step of the source reads.</summary>
    public long WeightBytes => encoder.WeightBytes + (compared?.WeightBytes ?? 0);

    /// <summary>Reads sentences.</summary>
    /// <param name="sentences">Ids of each with the end symbol, 1 or more.</param>
    /// <returns>For each sentence the state from which its decoder starts, and what it looks at, or null where it looks at nothing.</returns>
    public (float[] State, DecoderSource? Source)[] Read(IReadOnlyList<IReadOnlyList<int>> sentences)
    {
        int[] order = [.. Enumerable.Range(0, sentences.Count).OrderByDescending(at => sentences[at].Count)];
        var ids = new SequenceBatch([.. order.Select(at => sentences[at].Count)], encoder.InputWidth);
        for (int at = 0; at < order.Length; at++)
        {
            for (int step = 0; step < ids.Lengths[at]; step++)
            {
                ids.Row(step, at)[0] = sentences[order[at]][step];
            }
        }

        var memory = new PlanMemory(encoder, sentences.Count);
        SequenceBatch read = encoder.RunBatch(memory, ids);
        float[][] states = Start(memory, read);
        DecoderSource?[] sources = config.Attention == AttentionKind.None ? new DecoderSource?[order.Length] : Sources(read);
        var result = new (float[], DecoderSource?)[order.Length];
        for (int at = 0; at < order.Length; at++)
        {
            result[order[at]] = (states[at], sources[at]);
        }

        return result;
    }

    private float[][] Start(PlanMemory memory, SequenceBatch read)
    {
        int count = read.Lengths.Count;
        float[][] final = [.. Enumerable.Range(0, count).Select(at => EncoderState.Of(encoder, config.Encoder, memory, at))];
        if (bridge is null)
        {
            return final;
        }

        int width = bridge.InputWidth, outputs = bridge.OutputWidth;
        float[] asked = new float[count * width], states = new float[count * outputs];
        for (int at = 0; at < count; at++)
        {
            Span<float> x = asked.AsSpan(at * width, width);
            if (config.Bridge == BridgeKind.Mean)
            {
                float[] shares = new float[read.Lengths[at]];
                shares.AsSpan().Fill(1f / shares.Length);
                bridge.Kernels.Multiply(new Matrix(shares, 1, shares.Length), new Matrix(Outputs(read, at), shares.Length, width), x, width, accumulate: false, Workers.Single);
            }
            else
            {
                final[at].AsSpan(^(2 * width)..^width).CopyTo(x);
            }
        }

        bridge.Run(new PlanMemory(bridge, count), 0, count, asked, states);
        bridge.Kernels.Tanh(states, states);
        return [.. Enumerable.Range(0, count).Select(at => states[(at * outputs)..((at + 1) * outputs)])];
    }

    // [S, K]
    private static float[] Outputs(SequenceBatch read, int sentence)
    {
        float[] outputs = new float[read.Lengths[sentence] * read.Width];
        for (int step = 0; step < read.Lengths[sentence]; step++)
        {
            read.Row(step, sentence).CopyTo(outputs.AsSpan(step * read.Width));
        }

        GC.KeepAlive(read); // its rows are no managed memory
        return outputs;
    }

    private DecoderSource[] Sources(SequenceBatch read)
    {
        int width = read.Width, outputs = compared?.OutputWidth ?? width;
        float[][] each = [.. read.Lengths.Select((_, at) => Outputs(read, at))];
        float[] keys = [.. each.SelectMany(static values => values)], asked = compared is null ? keys : Compared(compared, keys);
        int row = 0;
        var sources = new DecoderSource[each.Length];
        for (int at = 0; at < sources.Length; row += read.Lengths[at++])
        {
            int steps = read.Lengths[at];
            sources[at] = new DecoderSource(steps, each[at], asked.AsSpan(row * outputs, steps * outputs), config.Attention == AttentionKind.Bahdanau);
        }

        return sources;
    }

    private static float[] Compared(Plan product, float[] keys)
    {
        int width = product.InputWidth, outputs = product.OutputWidth, rows = keys.Length / width;
        float[] asked = new float[rows * outputs];
        var memory = new PlanMemory(product, Math.Min(KeyRows, rows));
        for (int row = 0; row < rows; row += KeyRows)
        {
            int count = Math.Min(KeyRows, rows - row);
            product.Run(memory, 0, count, keys.AsSpan(row * width, count * width), asked.AsSpan(row * outputs, count * outputs));
        }

        return asked;
    }
}
