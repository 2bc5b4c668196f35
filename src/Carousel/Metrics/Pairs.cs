namespace Carousel.Metrics;

/// <summary>The check every metric over pairs of truth and prediction starts with.</summary>
internal static class Pairs
{
    public static void ThrowIfUnequal(int truth, int predicted)
    {
        if (truth != predicted)
        {
            throw new ArgumentException($"{predicted} predictions for {truth} true values, expected as many of one as of the other");
        }
    }

    public static void ThrowIfUnequalOrEmpty(int truth, int predicted)
    {
        ThrowIfUnequal(truth, predicted);
        if (truth == 0)
        {
            throw new ArgumentException("no values to average over, expected 1 or more");
        }
    }
}
