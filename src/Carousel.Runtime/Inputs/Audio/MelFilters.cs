namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// Triangular bands with peak 1 whose corners are equally spaced in mel, mel(f) = 2595·log₁₀(1 + f/700) (Young et al., HTK Book): band j rises from corner j to j + 1 and
/// falls to j + 2, straight over hertz or over mel.
/// </summary>
internal sealed class MelFilters
{
    private readonly int[] _firstBin;
    private readonly double[][] _weights;

    /// <summary>The bands of a config.</summary>
    /// <param name="config">Rates, edges, number of bands and style.</param>
    public MelFilters(AudioFeaturesConfig config)
    {
        double highest = config.HighestHz == 0 ? config.SampleRate / 2.0 : config.HighestHz;
        double low = MelOf(config.LowestHz), step = (MelOf(highest) - low) / (config.Mels + 1);
        bool overMel = config.Style == AudioFeatureStyle.Kaldi;
        double[] corners = [.. Enumerable.Range(0, config.Mels + 2).Select(j => overMel ? low + (j * step) : HzOf(low + (j * step)))];
        double[] bins = [.. Enumerable.Range(0, (config.FftSize / 2) + 1).Select(k => (double)k * config.SampleRate / config.FftSize).Select(hz => overMel ? MelOf(hz) : hz)];
        CentresHz = [.. corners[1..^1].Select(corner => overMel ? HzOf(corner) : corner)];
        _firstBin = new int[config.Mels];
        _weights = new double[config.Mels][];
        for (int j = 0; j < config.Mels; j++)
        {
            double[] triangle = Array.ConvertAll(bins, x => Math.Min((x - corners[j]) / (corners[j + 1] - corners[j]), (corners[j + 2] - x) / (corners[j + 2] - corners[j + 1])));
            int first = Array.FindIndex(triangle, weight => weight > 0);
            _firstBin[j] = Math.Max(first, 0);
            _weights[j] = first < 0 ? [] : triangle[first..(Array.FindLastIndex(triangle, weight => weight > 0) + 1)];
        }
    }

    /// <summary>Where each band peaks, in hertz.</summary>
    public IReadOnlyList<double> CentresHz { get; }

    /// <summary>The first band that holds no frequency of the transform; null when every band holds one.</summary>
    public int? FirstEmpty => Array.FindIndex(_weights, weights => weights.Length == 0) is >= 0 and int band ? band : null;

    /// <summary>The energy of each band.</summary>
    /// <param name="power">|X[k]|² [N/2 + 1].</param>
    /// <param name="energies">[mels], written.</param>
    public void Apply(ReadOnlySpan<double> power, Span<double> energies)
    {
        for (int j = 0; j < energies.Length; j++)
        {
            double[] weights = _weights[j];
            double sum = 0;
            for (int k = 0; k < weights.Length; k++)
            {
                sum += weights[k] * power[_firstBin[j] + k];
            }

            energies[j] = sum;
        }
    }

    private static double MelOf(double hz) => 2595 * Math.Log10(1 + (hz / 700));

    private static double HzOf(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);
}
