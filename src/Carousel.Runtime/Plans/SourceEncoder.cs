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

        memory.Restore(0, StateOf(read, decoder));
        return memory;
    }

    // The last layer's tensors come last in both memories: layer of the stack, direction, tensor. Directions go side by side.
    private float[] StateOf(PlanMemory read, Plan decoder)
    {
        float[] from = new float[Length(plan)], to = new float[Length(decoder)];
        read.Save(0, from);
        int parts = last is GruConfig ? 1 : 2, tensors = last.Layers * last.Directions * parts;
        StateSlot[] slots = [.. plan.Layout.Slots.TakeLast(tensors)];
        int[] starts = new int[tensors];
        for (int at = tensors - 1, end = from.Length; at >= 0; at--)
        {
            starts[at] = end -= slots[at].Width;
        }

        Span<float> left = to.AsSpan(^slots.Sum(slot => slot.Width)..);
        for (int layer = 0; layer < last.Layers; layer++)
        {
            for (int part = 0; part < parts; part++)
            {
                for (int direction = 0; direction < last.Directions; direction++)
                {
                    int at = (((layer * last.Directions) + direction) * parts) + part, width = slots[at].Width;
                    from.AsSpan(starts[at], width).CopyTo(left);
                    left = left[width..];
                }
            }
        }

        return to;
    }

    private static int Length(Plan plan) => plan.Layout.Slots.Sum(slot => slot.Width);
}
