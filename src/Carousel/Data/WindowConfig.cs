namespace Carousel.Data;

/// <summary>What one example of a forecaster is.</summary>
public sealed record WindowConfig
{
    /// <summary>Rows T the model looks back on; 1 or more.</summary>
    /// <value>96</value>
    public int Length { get; init; } = 96;

    /// <summary>Rows to forecast; 1 or more.</summary>
    /// <value>24</value>
    public int Horizon { get; init; } = 24;

    /// <summary>Rows from one window to the next; 1 or more.</summary>
    /// <value>1</value>
    public int Stride { get; init; } = 1;

    /// <summary>Every problem with the numbers; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        foreach ((string name, int value) in new[] { ("window", Length), ("horizon", Horizon), ("stride", Stride) })
        {
            if (value < 1)
            {
                yield return $"{name} is {value}, expected 1 or more";
            }
        }
    }
}
