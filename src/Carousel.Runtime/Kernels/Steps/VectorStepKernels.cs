using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>The time step for one vector width: a single row passes the panels by <see cref="PanelRow{TLanes}"/>, several rows by the tiles of the matrix product.</summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
/// <param name="tallestTile">Rows of the tallest tile whose sums fit into the registers.</param>
internal sealed unsafe class VectorStepKernels<TLanes, TStrip>(int tallestTile) : StepKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TStrip : unmanaged, IStrip<TStrip>
{
    public override void PackRows(float* rows, nint stride, int count, int depth, float* tiles)
    {
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

    public override void Multiply(float* panel, int lanes, int depth, float* tiles, int rows, float* c, nint cStride, bool accumulate)
    {
        if (rows == 1)
        {
            int columns = lanes * Panels.Lane;
            for (int k = 0; k < depth || k == 0; k += KernelSet.Slab)
            {
                PanelRow<TLanes>.Multiply(lanes, Math.Min(KernelSet.Slab, depth - k), tiles + k, panel + ((nint)k * columns), c, accumulate || k > 0);
            }
        }
        else
        {
            MultiplyRows(panel, lanes, depth, tiles, rows, c, cStride, accumulate);
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

    // The panel stays in the cache while every tile of rows meets it.
    private void MultiplyRows(float* panel, int lanes, int depth, float* tiles, int rows, float* c, nint cStride, bool accumulate)
    {
        int columns = lanes * Panels.Lane;
        for (int row = 0; row < rows;)
        {
            int height = TileHeight(rows - row);
            for (int k = 0; k < depth || k == 0; k += KernelSet.Slab)
            {
                int slab = Math.Min(KernelSet.Slab, depth - k);
                float* a = tiles + ((nint)k * height), b = panel + ((nint)k * columns), to = c + (row * cStride);
                int column = 0;
                for (; column + TStrip.Width <= columns; column += TStrip.Width)
                {
                    Tile<TStrip>.Multiply(height, slab, a, b + column, columns, to + column, cStride, accumulate || k > 0);
                }

                for (; column < columns; column += Panels.Lane)
                {
                    Tile<TLanes>.Multiply(height, slab, a, b + column, columns, to + column, cStride, accumulate || k > 0);
                }
            }

            tiles += (nint)height * depth;
            row += height;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step<TCell>(in CellPass pass) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane, recurrent = pass.Weights.Depth - pass.Inputs;
        float* fromInput = pass.Gates, fromHidden = TCell.IsJoined ? fromInput : fromInput + ((nint)pass.Rows * columns);
        for (int panel = pass.FirstPanel; panel < pass.EndPanel; panel++)
        {
            float* weights = pass.Weights.Start(panel);
            bool hasBias = Fill(pass.InputBias, panel, columns, pass.Rows, fromInput);
            Multiply(weights, TCell.Gates, pass.Inputs, pass.InputTiles, pass.Rows, fromInput, columns, hasBias);
            bool isSum = TCell.IsJoined || Fill(pass.RecurrentBias, panel, columns, pass.Rows, fromHidden);
            Multiply(weights + ((nint)pass.Inputs * columns), TCell.Gates, recurrent, pass.HiddenTiles, pass.Rows, fromHidden, columns, isSum);
            Update<TCell>(pass, panel, columns, fromInput, fromHidden);
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
