namespace Carousel.Metrics;

/// <summary>Errors of predicted numbers, averaged over all elements in float64.</summary>
/// <param name="Mse">Mean squared error, in the square of the values' unit.</param>
/// <param name="Mae">Mean absolute error, in the values' unit.</param>
/// <param name="Count">Number of elements averaged over.</param>
public sealed record RegressionErrors(double Mse, double Mae, long Count)
{
    /// <summary>Root of the mean squared error, in the values' unit.</summary>
    public double Rmse => Math.Sqrt(Mse);

    /// <summary>Errors of <paramref name="predicted"/> against <paramref name="truth"/>.</summary>
    /// <param name="truth">True values, any shape, flattened.</param>
    /// <param name="predicted">Predicted values, same length.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static RegressionErrors Of(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        Pairs.ThrowIfUnequalOrEmpty(truth.Length, predicted.Length);
        double squares = 0, absolutes = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double error = truth[i] - predicted[i];
            squares += error * error;
            absolutes += Math.Abs(error);
        }

        return new RegressionErrors(squares / truth.Length, absolutes / truth.Length, truth.Length);
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    public static RegressionErrors Of(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        Pairs.ThrowIfUnequalOrEmpty(truth.Length, predicted.Length);
        double squares = 0, absolutes = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double error = (double)truth[i] - predicted[i];
            squares += error * error;
            absolutes += Math.Abs(error);
        }

        return new RegressionErrors(squares / truth.Length, absolutes / truth.Length, truth.Length);
    }
}
