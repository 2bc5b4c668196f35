namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>
/// First and second moments of all windows over a stretch of one series, every value taken relative to the last one looked back on: all
/// that least squares needs, without laying the windows out.
/// </summary>
/// <remarks>
/// A window is T + h consecutive values x₀ … x_{T+h−1}; position T − 1 is the last one looked back on. Its relative values are the
/// T − 1 inputs z_i = x_i − x_{T−1} and the h outputs y_j = x_{T+j} − x_{T−1}. The lag products S(i, j) = Σ x_{o+i}·x_{o+j} over all
/// starts o obey S(i+1, j+1) = S(i, j) − (first product) + (next product), so only the first row needs sums over the series.
/// </remarks>
internal sealed class LagMoments
{
    private readonly double[] _products;
    private readonly double[] _sums;
    private readonly int _length;
    private readonly int _positions;

    /// <summary>Collects the moments.</summary>
    /// <param name="values">The values [N] of a stretch; every window lies wholly inside it.</param>
    /// <param name="length">T, 2 or more.</param>
    /// <param name="horizon">h, 1 or more; T + h is at most N.</param>
    public LagMoments(ReadOnlySpan<double> values, int length, int horizon)
    {
        _length = length;
        _positions = length + horizon;
        int starts = values.Length - _positions + 1;
        Windows = starts;
        _sums = new double[_positions];
        _products = new double[_positions * _positions];
        for (int j = 0; j < _positions; j++)
        {
            _sums[j] = TensorPrimitives.Sum(values.Slice(j, starts));
            double product = TensorPrimitives.Dot(values[..starts], values.Slice(j, starts));
            for (int i = 0; ; i++)
            {
                _products[(i * _positions) + i + j] = product;
                _products[((i + j) * _positions) + i] = product;
                if (i + j + 1 == _positions)
                {
                    break;
                }

                product += (values[starts + i] * values[starts + i + j]) - (values[i] * values[i + j]);
            }
        }
    }

    /// <summary>Number of windows the moments are taken over.</summary>
    public int Windows { get; }

    /// <summary>Mean of relative value <paramref name="i"/>.</summary>
    /// <param name="i">Position in the window; positions below T − 1 are inputs, those from T on outputs.</param>
    public double Mean(int i) => (_sums[i] - _sums[_length - 1]) / Windows;

    /// <summary>Mean product of relative values <paramref name="i"/> and <paramref name="j"/>.</summary>
    public double Product(int i, int j)
    {
        int last = _length - 1;
        return (At(i, j) - At(i, last) - At(last, j) + At(last, last)) / Windows;
    }

    private double At(int i, int j) => _products[(i * _positions) + j];
}
