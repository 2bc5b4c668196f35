using System.Numerics;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// The power spectrum of N real samples: their halves as real and imaginary parts of N/2 complex numbers, a radix-2 transform of those (Cooley &amp; Tukey 1965), and the two
/// interleaved spectra taken apart.
/// </summary>
internal sealed class RealFft
{
    private readonly int _half;
    private readonly int[] _reversed;
    private readonly double[] _cosines;
    private readonly double[] _sines;
    private readonly double[] _real;
    private readonly double[] _imaginary;

    /// <summary>Prepares transforms of one size.</summary>
    /// <param name="size">N, a power of two, 4 or more.</param>
    public RealFft(int size)
    {
        if (size < 4 || !BitOperations.IsPow2(size))
        {
            throw new ArgumentException($"size is {size}, expected a power of two, 4 or more", nameof(size));
        }

        _half = size / 2;
        _reversed = new int[_half];
        (_real, _imaginary) = (new double[_half], new double[_half]);
        (_cosines, _sines) = (new double[_half], new double[_half]);
        for (int i = 0; i < _half; i++)
        {
            _reversed[i] = (_reversed[i / 2] / 2) + (i % 2 * _half / 2);
            (_sines[i], _cosines[i]) = Math.SinCos(-2 * Math.PI * i / size);
        }
    }

    /// <summary>N</summary>
    public int Size => 2 * _half;

    /// <summary>|X[k]|², k = 0 … N/2.</summary>
    /// <param name="x">[N]</param>
    /// <param name="power">[N/2 + 1], written.</param>
    public void PowerSpectrum(ReadOnlySpan<double> x, Span<double> power)
    {
        for (int i = 0; i < _half; i++)
        {
            _real[_reversed[i]] = x[2 * i];
            _imaginary[_reversed[i]] = x[(2 * i) + 1];
        }

        for (int length = 2; length <= _half; length *= 2)
        {
            Combine(length);
        }

        for (int k = 0; k <= _half; k++)
        {
            // Z[k] = E[k] + i·O[k] with E, O the spectra of the even and odd samples; X[k] = E[k] + e^(−2πik/N)·O[k].
            int at = k % _half, mirrored = (_half - k) % _half;
            double evenReal = 0.5 * (_real[at] + _real[mirrored]), evenImaginary = 0.5 * (_imaginary[at] - _imaginary[mirrored]);
            double oddReal = 0.5 * (_imaginary[at] + _imaginary[mirrored]), oddImaginary = -0.5 * (_real[at] - _real[mirrored]);
            (double cosine, double sine) = k == _half ? (-1, 0) : (_cosines[k], _sines[k]);
            double real = evenReal + (cosine * oddReal) - (sine * oddImaginary);
            double imaginary = evenImaginary + (cosine * oddImaginary) + (sine * oddReal);
            power[k] = (real * real) + (imaginary * imaginary);
        }
    }

    /// <summary>Joins pairs of transforms of length / 2 into transforms of <paramref name="length"/>.</summary>
    private void Combine(int length)
    {
        int half = length / 2, stride = Size / length;
        for (int start = 0; start < _half; start += length)
        {
            for (int k = 0; k < half; k++)
            {
                int low = start + k, high = low + half;
                double cosine = _cosines[k * stride], sine = _sines[k * stride];
                double real = (cosine * _real[high]) - (sine * _imaginary[high]);
                double imaginary = (cosine * _imaginary[high]) + (sine * _real[high]);
                (_real[high], _imaginary[high]) = (_real[low] - real, _imaginary[low] - imaginary);
                (_real[low], _imaginary[low]) = (_real[low] + real, _imaginary[low] + imaginary);
            }
        }
    }
}
