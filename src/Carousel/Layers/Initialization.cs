using Carousel.Numerics;

namespace Carousel.Layers;

/// <summary>How the weights of a layer start.</summary>
public sealed record Initialization
{
    /// <summary>Matrices that read the input.</summary>
    /// <value><see cref="Glorot"/></value>
    public Action<Tensor, RandomSource> Input { get; init; } = Glorot;

    /// <summary>Matrices that read the layer's own last output; called once per gate block of H rows.</summary>
    /// <value><see cref="Orthogonal"/></value>
    public Action<Tensor, RandomSource> Recurrent { get; init; } = Orthogonal;

    /// <summary>Tables whose rows are looked up.</summary>
    /// <value>uniform in ±0.1</value>
    public Action<Tensor, RandomSource> Embedding { get; init; } = (table, random) => Uniform(table, random, 0.1f);

    /// <summary>The usual start.</summary>
    public static Initialization Default { get; } = new();

    /// <summary>Uniform in ±√(6 / (rows + columns)) (Glorot &amp; Bengio 2010).</summary>
    public static void Glorot(Tensor matrix, RandomSource random) =>
        Uniform(matrix, random, MathF.Sqrt(6f / (matrix.Shape[0] + (matrix.Length / matrix.Shape[0]))));

    /// <summary>Uniform in ±1/√columns (LeCun et al. 1998).</summary>
    public static void FanIn(Tensor matrix, RandomSource random) => Uniform(matrix, random, 1 / MathF.Sqrt((float)matrix.Length / matrix.Shape[0]));

    /// <summary>Uniform in ±<paramref name="bound"/>.</summary>
    public static void Uniform(Tensor tensor, RandomSource random, float bound)
    {
        foreach (ref float value in tensor.Values)
        {
            value = ((2 * random.NextSingle()) - 1) * bound;
        }
    }

    /// <summary>
    /// Rows (or, in a tall matrix, columns) of length 1 at right angles to each other, uniformly distributed (Saxe et al. 2014): Gram-Schmidt on normal numbers, in float64.
    /// </summary>
    public static void Orthogonal(Tensor matrix, RandomSource random)
    {
        int rows = matrix.Shape[0], columns = matrix.Shape[1];
        bool isTall = rows > columns;
        (int count, int length) = isTall ? (columns, rows) : (rows, columns);
        var vectors = new double[count][];
        for (int i = 0; i < count; i++)
        {
            double[] vector = vectors[i] = new double[length];
            double norm;
            do
            {
                for (int k = 0; k < length; k++)
                {
                    vector[k] = random.NextNormal();
                }

                // Twice is enough for full precision (Giraud et al. 2005).
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int j = 0; j < i; j++)
                    {
                        double along = TensorPrimitives.Dot<double>(vector, vectors[j]);
                        TensorPrimitives.MultiplyAdd(vectors[j], -along, vector, vector);
                    }
                }

                norm = Math.Sqrt(TensorPrimitives.Dot<double>(vector, vector));
            }
            while (norm < 1e-6);
            for (int k = 0; k < length; k++)
            {
                vector[k] /= norm;
                matrix.Values[isTall ? (k * columns) + i : (i * columns) + k] = (float)vector[k];
            }
        }
    }
}
