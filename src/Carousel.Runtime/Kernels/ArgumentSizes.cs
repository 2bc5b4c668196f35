using System.Runtime.CompilerServices;

namespace Carousel.Runtime.Kernels;

/// <summary>The size checks that every kernel set makes before it touches memory through pointers.</summary>
internal static class ArgumentSizes
{
    /// <summary>[M, K] by [K, N] into C with a row stride.</summary>
    public static void CheckProduct(int rows, int leftDepth, int rightDepth, int columns, int cLength, int cStride)
    {
        long needed = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * cStride) + columns;
        if (leftDepth != rightDepth || cStride < columns || cLength < needed)
        {
            throw new ArgumentException($"cannot multiply [{rows}, {leftDepth}] by [{rightDepth}, {columns}] into {cLength} values with a row stride of {cStride}: "
                + $"the inner sizes must be equal, the stride at least {columns} and the values at least {needed}");
        }
    }

    /// <summary>Some rows of a matrix for their place in a stack.</summary>
    public static void CheckStack(Matrix rows, int first, int found, int needed, int capacity)
    {
        if (rows.IsTransposed || first < 0 || first % 2 != 0 || first + rows.Rows > capacity || found < needed)
        {
            throw new ArgumentException($"cannot keep {(rows.IsTransposed ? "transposed " : "")}rows {first} to {first + rows.Rows - 1} in {found} numbers for {capacity} rows: "
                + $"they must not be transposed, begin with an even one and end with the last, and the numbers must be at least {needed}");
        }
    }

    /// <summary>A buffer must have exactly the length its sizes say.</summary>
    public static void CheckLength(int found, long expected, [CallerArgumentExpression(nameof(found))] string what = "")
    {
        if (found != expected)
        {
            throw new ArgumentException($"{what} is {found}, expected {expected}");
        }
    }

    /// <summary>The buffers of one LSTM step: gates [B, 4H], all others [B, H].</summary>
    public static void CheckLstm(int batch, int hidden, int gates, params ReadOnlySpan<int> states)
    {
        CheckLength(gates, 4L * batch * hidden);
        foreach (int state in states)
        {
            CheckLength(state, (long)batch * hidden);
        }
    }

    /// <summary>A packed operand belongs to the set that packed it.</summary>
    public static TPacked CheckOwner<TPacked>(KernelSet set, PackedMatrix packed) where TPacked : PackedMatrix => packed is TPacked own && own.Owner.Name == set.Name
        ? own
        : throw new ArgumentException($"the matrix was packed by the '{packed.Owner.Name}' kernels and cannot be read by '{set.Name}'", nameof(packed));

    /// <summary>A packed operand to be overwritten has the sizes of the new one.</summary>
    public static void CheckReuse(PackedMatrix reuse, int rows, int columns)
    {
        if (reuse.Rows != rows || reuse.Columns != columns)
        {
            throw new ArgumentException($"a packed [{reuse.Rows}, {reuse.Columns}] cannot take a [{rows}, {columns}]", nameof(reuse));
        }
    }
}
