using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>The time step for one vector width: a single row passes the panels by <see cref="PanelRow{TLanes}"/>, several rows by the tiles of the matrix product.</summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
/// <param name="tallestTile">Rows of the tallest tile whose sums fit into the registers.</param>
/// <param name="bytes">What multiplies by panels of bytes, or null for <see cref="ByteRow"/>.</param>
internal sealed unsafe class VectorStepKernels<TLanes, TStrip>(int tallestTile, Lazy<ByteProduct>? bytes = null) : StepKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TStrip : unmanaged, IStrip<TStrip>
{
    public override void Prepare(PanelFormat format) => _ = format == PanelFormat.Bytes ? bytes?.Value : null;

    public override void PackRows(PanelFormat format, float* rows, nint stride, int count, int depth, float* tiles)
    {
        if (format == PanelFormat.Bytes)
        {
            for (int row = 0; row < count; row++)
            {
                ByteRow.Quantise<TLanes>(rows + (row * stride), depth, tiles + ((nint)row * ByteRow.TileLength(depth)));
            }

            return;
        }

        for (int row = 0; row < count;)
        {
            int height = TileHeight(count - row);
            if (height == 1)
            {
                Unsafe.CopyBlock(tiles, rows + (row * stride), (uint)depth * sizeof(float));
                tiles += depth;
                row++;
                continue;
            }

            for (int k = 0; k < depth; k++)
            {
                for (int at = 0; at < height; at++)
                {
                    *tiles++ = rows[((row + at) * stride) + k];
                }
            }

            row += height;
        }
    }

    public override void Multiply(PanelPart part, float* tiles, int rows, float* c, nint cStride, bool accumulate)
    {
        if (part.Format == PanelFormat.Bytes)
        {
            for (int row = 0; row < rows; row++)
            {
                MultiplyBytes(part, tiles + ((nint)row * ByteRow.TileLength(part.Depth)), c + (row * cStride), accumulate);
            }

            return;
        }

        if (rows > 1)
        {
            MultiplyRows(part, tiles, rows, c, cStride, accumulate);
            return;
        }

        for (int k = 0; k < part.Depth; k += KernelSet.Slab)
        {
            PanelRow<TLanes>.Multiply(part, k, Math.Min(KernelSet.Slab, part.Depth - k), tiles + k, c, accumulate || k > 0);
        }
    }

    public override void Step(CellKind cell, in CellPass pass)
    {
        switch (cell)
        {
            case CellKind.Lstm: Step<LstmCell>(pass); break;
            case CellKind.Peephole: Step<PeepholeCell>(pass); break;
            case CellKind.Coupled: Step<CoupledCell>(pass); break;
            case CellKind.Clipped: Step<ClippedCell>(pass); break;
            case CellKind.Zoneout: Step<ZoneoutCell>(pass); break;
            case CellKind.Gru: Step<GruCell>(pass); break;
            default: throw new InvalidOperationException($"no kernel for the cell {cell}");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Flush(float* x, float* y, int length)
    {
        for (int at = 0; at < length; at += Panels.Lane)
        {
            int count = Math.Min(Panels.Lane, length - at);
            Tiny.Flush(TLanes.Load(x + at, count)).Store(y + at, count);
        }
    }

    private void MultiplyBytes(PanelPart part, float* tile, float* c, bool accumulate)
    {
        if (bytes is not null)
        {
            bytes.Value.Multiply(part, tile, c, accumulate);
        }
        else
        {
            ByteRow.Multiply<TLanes>(part, tile, c, accumulate);
        }
    }

    // A slab of the panel stays in the first-level cache while every tile of rows meets it.
    [SkipLocalsInit]
    private void MultiplyRows(PanelPart part, float* tiles, int rows, float* c, nint cStride, bool accumulate)
    {
        const int line = 64;
        int columns = part.Columns;
        byte* memory = stackalloc byte[part.Format == PanelFormat.Single ? 0 : (KernelSet.Slab * columns * sizeof(float)) + line];
        float* expanded = (float*)(((nuint)memory + line - 1) & ~(nuint)(line - 1));
        for (int k = 0; k < part.Depth; k += KernelSet.Slab)
        {
            int slab = Math.Min(KernelSet.Slab, part.Depth - k);
            float* b = part.Slab(k);
            if (part.Format != PanelFormat.Single)
            {
                PanelRow<TLanes>.Expand(part, k, slab, expanded);
                b = expanded;
            }

            for (int row = 0; row < rows;)
            {
                int height = TileHeight(rows - row);
                MultiplyTile(height, slab, tiles + ((nint)row * part.Depth) + ((nint)k * height), b, columns, c + (row * cStride), cStride, accumulate || k > 0);
                row += height;
            }
        }
    }

    private static void MultiplyTile(int height, int depth, float* a, float* b, int columns, float* c, nint cStride, bool accumulate)
    {
        int column = 0;
        for (; column + TStrip.Width <= columns; column += TStrip.Width)
        {
            Tile<TStrip>.Multiply(height, depth, a, b + column, columns, c + column, cStride, accumulate);
        }

        for (; column < columns; column += Panels.Lane)
        {
            Tile<TLanes>.Multiply(height, depth, a, b + column, columns, c + column, cStride, accumulate);
        }
    }

    // The order of additions is that of training where W·x and U·h₋ are floats, and U·h₋ first where they are bytes. U·h₋ of the first panels may be taken ahead when that
    // leaves the order as it is: when it has a sum of its own, or is a single slab, which adds up to the same bits in another place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step<TCell>(in CellPass pass) where TCell : struct, ICell
    {
        bool isBytes = pass.Weights.Format == PanelFormat.Bytes;
        bool mayBegin = !TCell.IsJoined || isBytes || pass.Weights.Recurrent(0).Depth <= KernelSet.Slab;
        int columns = TCell.Gates * Panels.Lane, begun = mayBegin && pass.Part != CellPart.Whole ? Math.Min(CellPass.MostAhead, pass.EndPanel - pass.FirstPanel) : 0;
        if (pass.Part == CellPart.Ahead)
        {
            for (int at = 0; at < begun; at++)
            {
                MultiplyHidden<TCell>(pass, pass.FirstPanel + at, Gates(pass, columns, at), isBytes);
            }

            return;
        }

        for (int panel = pass.FirstPanel; panel < pass.EndPanel; panel++)
        {
            bool isBegun = panel - pass.FirstPanel < begun;
            float* fromInput = Gates(pass, columns, isBegun ? panel - pass.FirstPanel : 0), fromHidden = fromInput + ((nint)pass.Rows * columns);
            if (!isBegun && (isBytes || !TCell.IsJoined))
            {
                MultiplyHidden<TCell>(pass, panel, fromInput, isBytes);
            }

            bool isSum = (TCell.IsJoined && isBytes) || Fill(pass.InputBias, panel, columns, pass.Rows, fromInput);
            Multiply(pass.Weights.Input(panel), pass.InputTiles, pass.Rows, fromInput, columns, isSum);
            if (TCell.IsJoined && !isBytes)
            {
                AddHidden(pass, panel, columns, fromInput, isBegun ? fromHidden : null);
            }

            Update<TCell>(pass, panel, columns, fromInput, fromHidden);
        }
    }

    private static float* Gates(in CellPass pass, int columns, int at) => pass.Gates + ((nint)at * 2 * pass.Rows * columns);

    // U·h₋ by itself, or onto the bias where W·x is summed onto it.
    private void MultiplyHidden<TCell>(in CellPass pass, int panel, float* gates, bool isBytes) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        bool isFirst = TCell.IsJoined && isBytes;
        float* to = isFirst ? gates : gates + ((nint)pass.Rows * columns);
        bool hasBias = Fill(isFirst ? pass.InputBias : pass.RecurrentBias, panel, columns, pass.Rows, to);
        Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, pass.Rows, to, columns, hasBias);
    }

    private void AddHidden(in CellPass pass, int panel, int columns, float* sum, float* ahead)
    {
        if (ahead == null)
        {
            Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, pass.Rows, sum, columns, accumulate: true);
            return;
        }

        for (int at = 0; at < pass.Rows * columns; at += Panels.Lane)
        {
            (TLanes.Load(sum + at) + TLanes.Load(ahead + at)).Store(sum + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update<TCell>(in CellPass pass, int panel, int columns, float* fromInput, float* fromHidden) where TCell : struct, ICell
    {
        CellBlock block = default;
        block.Peepholes = pass.Peepholes + (panel * 3 * Panels.Lane);
        (block.First, block.Second) = (pass.First, pass.Second);
        for (int row = 0; row < pass.Rows; row++)
        {
            nint unit = (row * pass.StateStride) + (panel * Panels.Lane);
            block.Input = fromInput + ((nint)row * columns);
            block.Recurrent = fromHidden + ((nint)row * columns);
            block.Cell = pass.Cell + unit;
            block.Previous = pass.Previous + unit;
            block.Output = pass.Output + unit;
            TCell.Update<TLanes>(block);
        }
    }

    private static bool Fill(float* bias, int panel, int columns, int rows, float* to)
    {
        for (int row = 0; bias != null && row < rows; row++)
        {
            Unsafe.CopyBlock(to + ((nint)row * columns), bias + ((nint)panel * columns), (uint)columns * sizeof(float));
        }

        return bias != null;
    }

    private int TileHeight(int rows)
    {
        foreach (int height in Tile<TStrip>.Heights)
        {
            if (height <= tallestTile && height <= rows)
            {
                return height;
            }
        }

        throw new InvalidOperationException("a tile of no rows");
    }
}
