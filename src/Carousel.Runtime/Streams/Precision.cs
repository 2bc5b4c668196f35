namespace Carousel.Runtime.Streams;

/// <summary>How the weights of a model are held while it runs. States, gates, biases and outputs are float32 always.</summary>
public enum Precision
{
    /// <summary>As float32: the numbers of the training library.</summary>
    Float32,

    /// <summary>
    /// The matrices of recurrent and linear layers rounded to bfloat16 (to nearest, ties to even; a relative error of at most 2⁻⁹ each), which halves the bytes that a
    /// time step reads. Bit for bit what float32 gives with the rounded weights.
    /// </summary>
    BFloat16,

    /// <summary>
    /// The matrices of recurrent and linear layers as int8 with one scale per row, and the vectors they multiply as int8 with one scale per vector and time step,
    /// its largest magnitude being 127. Sums are exact (int32) and the same from every kernel set. A quarter of the bytes of float32.
    /// </summary>
    Int8,

    /// <summary>
    /// As <see cref="Int8"/>, but with the matrices as int4: sixteen steps, one scale per row that gives the least squared error of a few. An eighth of the bytes of float32,
    /// and an error that a model should be tested for.
    /// </summary>
    Int4,
}
