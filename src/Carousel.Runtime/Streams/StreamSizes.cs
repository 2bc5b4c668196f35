using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>The checks of what callers pass in.</summary>
internal static class StreamSizes
{
    /// <summary>One time step of some streams.</summary>
    public static void CheckStep(CompiledModel model, int x, int y, int streams)
    {
        if (x != streams * model.InputSize || y != streams * model.OutputSize)
        {
            Refuse(model, x, y, streams);
        }
    }

    /// <summary>Whole time steps; returns their number.</summary>
    public static int Steps(CompiledModel model, int x, int y, int streams)
    {
        int steps = x / (streams * model.InputSize);
        if (x != (long)steps * streams * model.InputSize || y != (long)steps * streams * model.OutputSize)
        {
            string beside = streams == 1 ? "" : $" of {streams} streams";
            throw new ArgumentException($"x holds {x} values and y {y}, expected T · {streams * model.InputSize} and T · {streams * model.OutputSize}: T time steps{beside} with "
                + $"{model.InputSize} features going in and {model.OutputSize} coming out");
        }

        return steps;
    }

    /// <summary>A whole sequence; returns its time steps.</summary>
    public static int SequenceSteps(CompiledModel model, int x, int y)
    {
        int steps = x / model.InputSize, after = model.OutputSteps(steps);
        if (x != steps * model.InputSize)
        {
            throw new ArgumentException($"x holds {x} values, expected T · {model.InputSize}: whole time steps", nameof(x));
        }

        if (steps > 0 && after == 0)
        {
            throw new ArgumentException($"{steps} time steps are too few for a convolution of this model", nameof(x));
        }

        return y == (long)after * model.OutputSize
            ? steps
            : throw new ArgumentException($"y has room for {y} values, expected {(long)after * model.OutputSize}: {after} time steps with {model.OutputSize} features come out of {steps}", nameof(y));
    }

    /// <summary>A whole source; returns its time steps.</summary>
    public static int SourceSteps(SourceEncoder encoder, int source)
    {
        int steps = source / encoder.InputWidth;
        return steps > 0 && source == steps * encoder.InputWidth && encoder.OutputSteps(steps) > 0
            ? steps
            : throw new ArgumentException($"the source holds {source} values, expected S · {encoder.InputWidth}: whole time steps, at least one and enough for every layer of the encoder", nameof(source));
    }

    private static void Refuse(CompiledModel model, int x, int y, int streams)
    {
        string beside = streams == 1 ? "" : $" of {streams} streams";
        throw x != streams * model.InputSize
            ? new ArgumentException($"x holds {x} values, expected {streams * model.InputSize}: one time step{beside} with {model.InputSize} features", nameof(x))
            : new ArgumentException($"y has room for {y} values, expected {streams * model.OutputSize}: one time step{beside} with {model.OutputSize} features", nameof(y));
    }

    /// <summary>Refuses a sentence that cannot be read.</summary>
    public static void CheckSentence(IReadOnlyList<int> ids, int vocabulary)
    {
        if (ids.Count == 0)
        {
            throw new ArgumentException("a sentence has no ids, expected those of its tokens and of the end symbol", nameof(ids));
        }

        foreach (int id in ids)
        {
            if (id < 0 || id >= vocabulary)
            {
                throw new ArgumentException($"the id {id} is not in the source table, expected 0 … {vocabulary - 1}", nameof(ids));
            }
        }
    }
}
