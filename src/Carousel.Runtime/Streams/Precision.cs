namespace Carousel.Runtime.Streams;

/// <summary>How the weights of a model are held while it runs. Inputs, states, sums and biases are float32 always.</summary>
public enum Precision
{
    /// <summary>As float32: the numbers of the training library.</summary>
    Float32,

    /// <summary>
    /// The matrices of recurrent and linear layers rounded to bfloat16 (to nearest, ties to even; a relative error of at most 2⁻⁹ each), which halves the bytes that a
    /// time step reads. Bit for bit what float32 gives with the rounded weights.
    /// </summary>
    BFloat16,
}
