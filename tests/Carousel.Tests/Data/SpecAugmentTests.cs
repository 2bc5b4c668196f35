using Carousel.Data;
using Carousel.Numerics;

namespace Carousel.Tests.Data;

public sealed class SpecAugmentTests
{
    [Fact]
    public void Apply_masks_whole_steps_and_whole_features_of_every_frame()
    {
        // 40 steps of two frames with 5 features each.
        var masks = new SpecAugment { TimeMasks = 1, LongestTimeMask = 100, FeatureMasks = 1, WidestFeatureMask = 3 };
        var random = new RandomSource(1);
        int longest = 0, widest = 0;
        for (int repeat = 0; repeat < 300; repeat++)
        {
            float[] steps = [.. Enumerable.Repeat(1f, 400)];
            masks.Apply(steps, 10, 5, random);
            int[] silent = [.. Enumerable.Range(0, 40).Where(step => steps.AsSpan(step * 10, 10).IndexOfAnyExcept(0f) < 0)];
            int[] dark = [.. Enumerable.Range(0, 5).Where(feature => Enumerable.Range(0, 80).All(frame => steps[(frame * 5) + feature] == 0))];
            Assert.Equal(400 - ((40 - silent.Length) * 2 * (5 - dark.Length)), steps.Count(value => value == 0));
            Assert.True(silent.Length == 0 || silent[^1] - silent[0] == silent.Length - 1);
            longest = Math.Max(longest, silent.Length);
            widest = Math.Max(widest, dark.Length);
        }

        Assert.Equal((10, 3), (longest, widest));
    }

    [Fact]
    public void Apply_short_sequences_and_none_are_left_alone()
    {
        var masks = new SpecAugment { TimeMasks = 3 };
        float[] three = [1, 2, 3];
        masks.Apply(three, 1, 1, new RandomSource(1));
        Assert.Equal([1, 2, 3], three);
        masks.Apply([], 4, 2, new RandomSource(1));
        Assert.Throws<ArgumentException>(() => masks.Apply(new float[5], 2, 1, new RandomSource(1)));
        Assert.Throws<ArgumentException>(() => masks.Apply(new float[6], 3, 2, new RandomSource(1)));
    }

    [Fact]
    public void Validate_names_every_problem()
    {
        Assert.Empty(new SpecAugment().Validate());
        Assert.Equal(4, new SpecAugment { TimeMasks = -1, LongestTimeMask = -1, FeatureMasks = 10_001, WidestFeatureMask = -1 }.Validate().Count());
    }
}
