namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// The arithmetic of one time step for a few streams at once, for one instruction set. Products keep the order of operations that <see cref="KernelSet"/> promises,
/// so each row gets the same bits whatever rows stand beside it.
/// </summary>
/// <remarks>All memory is 64-byte aligned, rows are padded with zeros to whole lane groups, and nothing is allocated. Sizes were checked when the plan was made.</remarks>
internal abstract unsafe class StepKernels
{
    /// <summary>Does now what the first product with such panels would otherwise have to do.</summary>
    /// <param name="format">Of the panels that will be multiplied by.</param>
    public abstract void Prepare(PanelFormat format);

    /// <summary>Puts rows into the order in which <see cref="Multiply"/> reads them, a single row being copied; rounds them to int8 for panels of bytes.</summary>
    /// <param name="format">Of the panels to be multiplied by.</param>
    /// <param name="rows">First row.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="depth">Elements of each row.</param>
    /// <param name="tiles">[count, <see cref="Panels.TileLength"/>], written.</param>
    public abstract void PackRows(PanelFormat format, float* rows, nint stride, int count, int depth, float* tiles);

    /// <summary>C = before + A·P for one panel.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tiles">[rows, K] in the order of <see cref="PackRows"/>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="before">[columns], added to every row; or C itself; or null for zeros.</param>
    /// <param name="c">[rows, columns], written.</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    public abstract void Multiply(PanelPart part, float* tiles, int rows, float* before, float* c, nint cStride);

    /// <summary>One time step of one recurrent layer for the panels asked for: both products and the cell's post-product.</summary>
    /// <param name="cell">The equations.</param>
    /// <param name="pass">Weights, state and scratch.</param>
    public abstract void Step(CellKind cell, in CellPass pass);

    /// <summary>y = x, with magnitudes below 2⁻¹⁰⁰ set to zero.</summary>
    /// <param name="x">[length]</param>
    /// <param name="y">[length], may be x.</param>
    /// <param name="length">Number of elements.</param>
    public abstract void Flush(float* x, float* y, int length);
}
