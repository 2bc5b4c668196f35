using Carousel.Numerics;

namespace Carousel.Data;

/// <summary>Sets stretches of time and runs of neighbouring features to their mean, 0 after scaling, so that a network cannot lean on a few of them (Park et al. 2019).</summary>
public sealed record SpecAugment
{
    /// <summary>Stretches of time; 0 or more.</summary>
    /// <value>0</value>
    public int TimeMasks { get; init; }

    /// <summary>Longest stretch in time steps, each drawn from 0 to this, and at most a quarter of the sequence.</summary>
    /// <value>10</value>
    public int LongestTimeMask { get; init; } = 10;

    /// <summary>Runs of features; 0 or more.</summary>
    /// <value>0</value>
    public int FeatureMasks { get; init; }

    /// <summary>Widest run, each drawn from 0 to this.</summary>
    /// <value>6</value>
    public int WidestFeatureMask { get; init; } = 6;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        foreach ((string name, int value) in new[] { ("time_masks", TimeMasks), ("longest_time_mask", LongestTimeMask), ("feature_masks", FeatureMasks), ("widest_feature_mask", WidestFeatureMask) })
        {
            if (value is < 0 or > 10_000)
            {
                yield return $"{name} is {value}, expected 0 … 10000";
            }
        }
    }

    /// <summary>Masks one sequence in place.</summary>
    /// <param name="steps">[T, width], scaled.</param>
    /// <param name="width">Numbers of a time step.</param>
    /// <param name="features">Numbers of one frame before slopes and joining; divides the width. A feature is masked together with its slopes, and in all frames of a step.</param>
    /// <param name="random">Where every number is drawn.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Apply(Span<float> steps, int width, int features, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (width < 1 || features < 1 || width % features != 0 || steps.Length % width != 0)
        {
            throw new ArgumentException($"{steps.Length} values are no steps of {width}, or these no frames of {features}", nameof(steps));
        }

        int count = steps.Length / width;
        for (int mask = 0; mask < TimeMasks; mask++)
        {
            int length = random.NextInt(Math.Min(LongestTimeMask, count / 4) + 1), start = random.NextInt(count - length + 1);
            steps.Slice(start * width, length * width).Clear();
        }

        for (int mask = 0; mask < FeatureMasks; mask++)
        {
            int length = random.NextInt(Math.Min(WidestFeatureMask, features) + 1), start = random.NextInt(features - length + 1);
            for (int at = start; at < steps.Length; at += features)
            {
                steps.Slice(at, length).Clear();
            }
        }
    }
}
