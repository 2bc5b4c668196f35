namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>Solves A·X = B for a symmetric positive definite A by A = L·Lᵀ, in float64.</summary>
internal static class Cholesky
{
    // Columns solved together: narrow enough that a block of B stays in the second-level cache for all n² row operations.
    private const int BlockColumns = 128;

    /// <summary>Factorises A in place: its lower triangle becomes L.</summary>
    /// <param name="a">A [n, n], row-major; only the lower triangle is read.</param>
    /// <param name="n">Order of A.</param>
    /// <returns>False when A is not positive definite to working precision.</returns>
    public static bool TryFactor(Span<double> a, int n)
    {
        for (int row = 0; row < n; row++)
        {
            for (int column = 0; column <= row; column++)
            {
                double rest = a[(row * n) + column] - TensorPrimitives.Dot(a.Slice(row * n, column), a.Slice(column * n, column));
                if (column < row)
                {
                    a[(row * n) + column] = rest / a[(column * n) + column];
                }
                else if (rest > 0)
                {
                    a[(row * n) + row] = Math.Sqrt(rest);
                }
                else
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Replaces B by A⁻¹·B.</summary>
    /// <param name="factor">L, from <see cref="TryFactor"/> [n, n].</param>
    /// <param name="n">Order of A.</param>
    /// <param name="b">B [n, m], row-major.</param>
    /// <param name="m">Columns of B.</param>
    public static void Solve(ReadOnlySpan<double> factor, int n, Span<double> b, int m)
    {
        for (int column = 0; column < m; column += BlockColumns)
        {
            SolveBlock(factor, n, b, m, column, Math.Min(BlockColumns, m - column));
        }
    }

    private static void SolveBlock(ReadOnlySpan<double> factor, int n, Span<double> b, int m, int column, int width)
    {
        for (int row = 0; row < n; row++)
        {
            Span<double> target = b.Slice((row * m) + column, width);
            for (int k = 0; k < row; k++)
            {
                TensorPrimitives.MultiplyAdd(b.Slice((k * m) + column, width), -factor[(row * n) + k], target, target);
            }

            TensorPrimitives.Divide(target, factor[(row * n) + row], target);
        }

        for (int row = n - 1; row >= 0; row--)
        {
            Span<double> target = b.Slice((row * m) + column, width);
            for (int k = row + 1; k < n; k++)
            {
                TensorPrimitives.MultiplyAdd(b.Slice((k * m) + column, width), -factor[(k * n) + row], target, target);
            }

            TensorPrimitives.Divide(target, factor[(row * n) + row], target);
        }
    }
}
