using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>The state that the last layer of an encoder has left, in the order in which a decoder's layer starts from it.</summary>
internal static class EncoderState
{
    /// <summary>Copies it: layer of the stack by layer, h before c, directions side by side.</summary>
    /// <param name="plan">The encoder.</param>
    /// <param name="last">Its last layer.</param>
    /// <param name="read">Memory after the last time step.</param>
    /// <param name="stream">The stream.</param>
    public static float[] Of(Plan plan, RecurrentConfig last, PlanMemory read, int stream)
    {
        float[] from = new float[plan.Layout.Slots.Sum(slot => slot.Width)];
        read.Save(stream, from);

        // The last layer's tensors come last in memory: layer of the stack, direction, tensor.
        int parts = last is GruConfig ? 1 : 2, tensors = last.Layers * last.Directions * parts;
        StateSlot[] slots = [.. plan.Layout.Slots.TakeLast(tensors)];
        int[] starts = new int[tensors];
        for (int at = tensors - 1, end = from.Length; at >= 0; at--)
        {
            starts[at] = end -= slots[at].Width;
        }

        float[] state = new float[slots.Sum(slot => slot.Width)];
        Span<float> left = state;
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

        return state;
    }
}
