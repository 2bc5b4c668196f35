using Carousel.Autograd;

namespace Carousel.Cli.Benchmarks;

/// <summary>Where a training step's time goes, in the parts that people think of.</summary>
/// <param name="Parts">Name and share of the time, 0 … 1, in the order of a step.</param>
internal sealed record TrainingProfile(IReadOnlyList<(string Name, double Share)> Parts)
{
    /// <summary>What clipping is marked with.</summary>
    public const string Clip = "clip";

    /// <summary>What the update, and clearing for the next step, are marked with.</summary>
    public const string Update = "update";

    private const string Other = "other";

    /// <summary>The names of all parts, in the order of a step.</summary>
    public static IReadOnlyList<string> Order { get; } = ["embedding forward", "recurrent forward", "output and loss forward", "output and loss backward", "recurrent backward", "embedding backward", Clip, Update, Other];

    /// <summary>Sums the operations of a tape up.</summary>
    public static TrainingProfile Of(TapeProfile profile)
    {
        var times = profile.Times.GroupBy(static entry => Part(entry.Operation, entry.IsBackward)).ToDictionary(static part => part.Key, static part => part.Sum(static entry => entry.Time.TotalSeconds));
        double all = times.Values.Sum();
        return new TrainingProfile([.. Order.Where(times.ContainsKey).Select(part => (part, times[part] / all))]);
    }

    private static string Part(string operation, bool isBackward)
    {
        string direction = isBackward ? "backward" : "forward";
        return operation switch
        {
            "embedding" => $"embedding {direction}",
            "lstm" => $"recurrent {direction}",
            "linear" or "linear_cross_entropy" or "cross_entropy" or "squared_error" or "sum" or "scale" or "mean" => $"output and loss {direction}",
            Clip or Update => operation,
            _ => Other,
        };
    }
}
