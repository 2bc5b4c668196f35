namespace Carousel.Tasks.Transcription;

/// <summary>Stretches the mel axis of feature frames, as another length of the vocal tract would.</summary>
internal static class MelWarp
{
    // Cepstra are a cosine series over mel bands; this many bands carry any usual number of them.
    private const int Bands = 40;

    /// <summary>Stretched frames: band b takes what was in band b · factor.</summary>
    /// <param name="frames">[N, F]</param>
    /// <param name="features">F</param>
    /// <param name="isCepstra">True for cepstra, false for mel bands.</param>
    /// <param name="factor">Above 1 moves energy to lower bands, as a longer tract does.</param>
    /// <returns>[N, F]</returns>
    public static float[] Apply(float[] frames, int features, bool isCepstra, float factor)
    {
        double[,] map = isCepstra ? OfCepstra(features, factor) : OfBands(features, factor);
        float[] result = new float[frames.Length];
        for (int start = 0; start < frames.Length; start += features)
        {
            for (int to = 0; to < features; to++)
            {
                double sum = 0;
                for (int from = 0; from < features; from++)
                {
                    sum += map[to, from] * frames[start + from];
                }

                result[start + to] = (float)sum;
            }
        }

        return result;
    }

    // Cosine series → bands → stretched bands → cosine series is one linear map (Pitz & Ney 2005).
    private static double[,] OfCepstra(int cepstra, float factor)
    {
        int bands = Math.Max(Bands, cepstra);
        double[,] cosines = new double[bands, cepstra], map = new double[cepstra, cepstra];
        for (int band = 0; band < bands; band++)
        {
            for (int order = 0; order < cepstra; order++)
            {
                cosines[band, order] = Math.Sqrt((order == 0 ? 1.0 : 2.0) / bands) * Math.Cos(Math.PI * order * (band + 0.5) / bands);
            }
        }

        for (int band = 0; band < bands; band++)
        {
            (int low, int high, double share) = Source(band, bands, factor);
            for (int to = 0; to < cepstra; to++)
            {
                for (int from = 0; from < cepstra; from++)
                {
                    map[to, from] += cosines[band, to] * (((1 - share) * cosines[low, from]) + (share * cosines[high, from]));
                }
            }
        }

        return map;
    }

    private static double[,] OfBands(int bands, float factor)
    {
        double[,] map = new double[bands, bands];
        for (int band = 0; band < bands; band++)
        {
            (int low, int high, double share) = Source(band, bands, factor);
            map[band, low] += 1 - share;
            map[band, high] += share;
        }

        return map;
    }

    // Between which two bands the place b · factor lies, and how far along; beyond the last band is the last band.
    private static (int Low, int High, double Share) Source(int band, int bands, float factor)
    {
        double place = Math.Clamp(band * (double)factor, 0, bands - 1);
        int low = Math.Min((int)place, Math.Max(0, bands - 2));
        return (low, Math.Min(low + 1, bands - 1), place - low);
    }
}
