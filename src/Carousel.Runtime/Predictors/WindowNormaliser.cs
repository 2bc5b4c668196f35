using Carousel.Runtime.Models;

namespace Carousel.Runtime.Predictors;

/// <summary>Shifts and scales a window of a forecaster by its own past, and brings forecasts back: the one definition that training and inference share.</summary>
public static class WindowNormaliser
{
    /// <summary>Added to the variance of a window before its root is taken, so that a flat window does not divide by zero.</summary>
    private const float Epsilon = 1e-5f;

    /// <summary>Finds what is subtracted from each feature and what the difference is divided by.</summary>
    /// <param name="normalisation">How.</param>
    /// <param name="window">[T, F] row-major, after the scaler.</param>
    /// <param name="shift">[F], written; 0 without normalisation.</param>
    /// <param name="factor">[F], written; 1 unless the window's deviation is used.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Measure(WindowNormalisation normalisation, ReadOnlySpan<float> window, Span<float> shift, Span<float> factor)
    {
        int features = shift.Length;
        if (features == 0 || factor.Length != features || window.IsEmpty || window.Length % features != 0)
        {
            throw new ArgumentException($"a window of {window.Length} values does not hold whole rows of {features} features with {factor.Length} factors");
        }

        shift.Clear();
        factor.Fill(1);
        switch (normalisation)
        {
            case WindowNormalisation.None:
                break;
            case WindowNormalisation.LastValue:
                window[^features..].CopyTo(shift);
                break;
            default:
                int rows = window.Length / features;
                for (int feature = 0; feature < features; feature++)
                {
                    double sum = 0, squares = 0;
                    for (int at = feature; at < window.Length; at += features)
                    {
                        sum += window[at];
                        squares += (double)window[at] * window[at];
                    }

                    double mean = sum / rows;
                    shift[feature] = (float)mean;
                    factor[feature] = (float)Math.Sqrt(Math.Max(0, (squares / rows) - (mean * mean)) + Epsilon);
                }

                break;
        }
    }

    /// <summary>Shifts and scales rows.</summary>
    /// <param name="rows">[N, F]</param>
    /// <param name="shift">[F]</param>
    /// <param name="factor">[F]</param>
    /// <param name="result">[N, F], written.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Apply(ReadOnlySpan<float> rows, ReadOnlySpan<float> shift, ReadOnlySpan<float> factor, Span<float> result)
    {
        if (factor.Length != shift.Length || result.Length != rows.Length)
        {
            throw new ArgumentException($"{rows.Length} values into {result.Length} with {shift.Length} shifts and {factor.Length} factors do not fit");
        }

        for (int at = 0; at < rows.Length; at++)
        {
            int feature = at % shift.Length;
            result[at] = (rows[at] - shift[feature]) / factor[feature];
        }
    }
}
