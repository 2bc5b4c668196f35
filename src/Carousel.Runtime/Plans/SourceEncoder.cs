using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>The half of an encoder–decoder model that reads: it leaves the memory with which the decoder starts.</summary>
/// <param name="plan">The encoder.</param>
/// <param name="last">Its last layer, whose state the decoder starts from.</param>
internal sealed class SourceEncoder(Plan plan, RecurrentConfig last)
{
    /// <summary>Features of one time step of the source.</summary>
    public int InputWidth => plan.InputWidth;

    /// <summary>Bytes of weights that a time step of the source reads.</summary>
    public long WeightBytes => plan.WeightBytes;

    /// <summary>Time steps of the source that the decoder can attend to.</summary>
    /// <param name="steps">S, going in.</param>
    public int OutputSteps(int steps) => plan.OutputSteps(steps);

    /// <summary>Reads a source.</summary>
    /// <param name="decoder">What is to start from it.</param>
    /// <param name="source">[S, inputs]</param>
    /// <param name="steps">S, 1 or more.</param>
    /// <returns>Memory of one stream for the decoder.</returns>
    public PlanMemory Read(Plan decoder, ReadOnlySpan<float> source, int steps)
    {
        var read = new PlanMemory(plan, capacity: 1);
        int kept = plan.OutputSteps(steps), width = plan.OutputWidth;
        float[] outputs = new float[kept * width];
        plan.RunSequence(read, source, outputs, steps);
        var memory = new PlanMemory(decoder, capacity: 1) { Source = new SequenceBuffer(kept, width), SourceSteps = kept };
        for (int step = 0; step < kept; step++)
        {
            outputs.AsSpan(step * width, width).CopyTo(memory.Source.Rows.Row(step, width));
        }

        float[] start = new float[decoder.Layout.Slots.Sum(slot => slot.Width)], left = EncoderState.Of(plan, last, read, stream: 0);
        left.CopyTo(start.AsSpan(^left.Length..));
        memory.Restore(0, start);
        return memory;
    }
}
