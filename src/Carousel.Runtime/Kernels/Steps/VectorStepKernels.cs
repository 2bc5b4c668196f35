using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>The time step for one vector width: a single row passes the panels by <see cref="PanelRow{TLanes}"/>, several rows by the tiles of the matrix product.</summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
/// <param name="tallestTile">Rows of the tallest tile whose sums fit into the registers.</param>
/// <param name="bytes">What multiplies by panels of bytes, or null for the instructions that .NET offers.</param>
internal sealed unsafe class VectorStepKernels<TLanes, TStrip>(int tallestTile, Lazy<ByteProduct>? bytes = null) : StepKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TStrip : unmanaged, IStrip<TStrip>
{
    private static readonly AlignedBuffer Zeros = ProductZeros();

    private readonly Lazy<ByteProduct> _bytes = bytes ?? new Lazy<ByteProduct>(new VectorByteProduct<TLanes>());

    public override void Prepare(PanelFormat format) => _ = format.RoundsRows() ? _bytes.Value : null;

    public override void PackRows(PanelFormat format, float* rows, nint stride, int count, int depth, float* tiles)
    {
        if (format.RoundsRows())
        {
            for (int row = 0; row < count; row++)
            {
                float* x = rows + (row * stride), tile = tiles + ((nint)row * ByteRow.TileLength(depth));
                if (format == PanelFormat.Bytes)
                {
                    ByteRow.Quantise<TLanes>(x, depth, tile);
                }
                else
                {
                    ByteRow.QuantiseSigned<TLanes>(x, depth, tile);
                }
            }

            return;
        }

        for (int row = 0; row < count;)
        {
            int height = TileHeight(row, count);
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

    public override void Multiply(PanelPart part, float* tiles, int rows, float* before, float* c, nint cStride)
    {
        if (part.Format.RoundsRows())
        {
            MultiplyBytes(part, tiles, rows, before, c, cStride);
        }
        else if (rows > 1)
        {
            Start(before, part.Columns, rows, c, cStride);
            MultiplyRows(part, tiles, rows, c, cStride, accumulate: before != null);
        }
        else
        {
            PanelRow<TLanes>.Multiply(part, 0, 1, tiles, before == null ? Zeros.Start : before, 0, c);
        }
    }

    public override void Step(CellKind cell, in CellPass pass)
    {
        if (pass.Rows <= CellPass.BlockRows)
        {
            StepBlock(cell, pass);
        }
        else if (pass.Part != CellPart.Ahead)
        {
            StepBlocks(cell, pass);
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

    // A panel's weights stay in a near cache while block after block of rows meets them, and a block's pre-activations until its post-product.
    private void StepBlocks(CellKind cell, in CellPass pass)
    {
        for (int panel = pass.FirstPanel; panel < pass.EndPanel; panel++)
        {
            for (int row = 0; row < pass.Rows; row += CellPass.BlockRows)
            {
                StepBlock(cell, pass.Block(panel, row));
            }
        }
    }

    private void Step<TCell>(in CellPass pass) where TCell : struct, ICell
    {
        if (pass.Rows == 1)
        {
            StepRow<TCell>(pass);
        }
        else
        {
            StepRows<TCell>(pass);
        }
    }

    private void StepBlock(CellKind cell, in CellPass pass)
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

    private void MultiplyBytes(PanelPart part, float* tiles, int rows, float* before, float* c, nint cStride)
    {
        ByteProduct product = _bytes.Value;
        nint beforeStride = before == c ? cStride : 0;
        before = before == null ? Zeros.Start : before;
        if (rows > 1 && part.Format == PanelFormat.Bytes)
        {
            product.MultiplyRows(part, tiles, rows, before, beforeStride, c, cStride);
            return;
        }

        nint tileLength = ByteRow.TileLength(part.Depth);
        for (int row = 0; row < rows; row++)
        {
            product.Multiply(new ByteRun { Part = part, Tile = tiles + (row * tileLength), Count = 1, Before = before + (row * beforeStride), C = c + (row * cStride) });
        }
    }

    // What a product of several rows is added to.
    private static void Start(float* before, int columns, int rows, float* c, nint cStride)
    {
        for (int row = 0; before != null && before != c && row < rows; row++)
        {
            for (int column = 0; column < columns; column += Panels.Lane)
            {
                TLanes.Load(before + column).Store(c + (row * cStride) + column);
            }
        }
    }

    // Slab by slab, strip by strip.
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

            int column = 0;
            for (; column + TStrip.Width <= columns; column += TStrip.Width)
            {
                MultiplyStrip<TStrip>(part.Depth, k, slab, tiles, rows, b + column, columns, c + column, cStride, accumulate || k > 0);
            }

            for (; TStrip.Width > Twice<TLanes>.Width && column + Twice<TLanes>.Width <= columns; column += Twice<TLanes>.Width)
            {
                MultiplyStrip<Twice<TLanes>>(part.Depth, k, slab, tiles, rows, b + column, columns, c + column, cStride, accumulate || k > 0);
            }

            for (; column < columns; column += Panels.Lane)
            {
                MultiplyStrip<TLanes>(part.Depth, k, slab, tiles, rows, b + column, columns, c + column, cStride, accumulate || k > 0);
            }
        }
    }

    // Every tile of rows, one after the other, meets the strip while it is in a near cache.
    private void MultiplyStrip<TColumns>(int depth, int k, int slab, float* tiles, int rows, float* b, nint bStride, float* c, nint cStride, bool accumulate)
        where TColumns : unmanaged, IStrip<TColumns>
    {
        for (int row = 0; row < rows;)
        {
            int height = TileHeight(row, rows);
            Tile<TColumns>.Multiply(height, slab, tiles + ((nint)row * depth) + ((nint)k * height), b, bStride, c + (row * cStride), cStride, accumulate);
            row += height;
        }
    }

    // The order of additions is that of training where W·x and U·h₋ are floats, and U·h₋ first where they are bytes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepRows<TCell>(in CellPass pass) where TCell : struct, ICell
    {
        bool isBytes = pass.Weights.Format.RoundsRows();
        int columns = TCell.Gates * Panels.Lane;
        float* fromInput = pass.Gates, fromHidden = TCell.IsJoined ? fromInput : fromInput + ((nint)pass.Rows * columns);
        for (int panel = pass.FirstPanel; panel < pass.EndPanel; panel++)
        {
            float* inputBias = Of(pass.InputBias, panel, columns);
            if (isBytes || !TCell.IsJoined)
            {
                Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, pass.Rows, TCell.IsJoined ? inputBias : Of(pass.RecurrentBias, panel, columns), fromHidden, columns);
            }

            Multiply(pass.Weights.Input(panel), pass.InputTiles, pass.Rows, isBytes && TCell.IsJoined ? fromInput : inputBias, fromInput, columns);
            if (TCell.IsJoined && !isBytes)
            {
                Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, pass.Rows, fromInput, fromInput, columns);
            }

            Update<TCell>(pass, panel, columns, fromInput, fromHidden);
        }
    }

    // A few panels at a time. What a row waits for is the stream of weights: the cells of a group are updated between the products of the next one, half of them at a time,
    // few enough for the processor to run ahead to the next weights. U·h₋ of the first group may be taken ahead when that leaves the order of additions as it is: when it has
    // a sum of its own, comes first, or is a single slab, which adds up to the same bits in another place.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepRow<TCell>(in CellPass pass) where TCell : struct, ICell
    {
        const int line = 64, most = CellPass.MostAhead;
        int columns = TCell.Gates * Panels.Lane;
        byte* memory = stackalloc byte[(2 * most * TCell.Gates * Panels.Lane * sizeof(float)) + line];
        float* gates = pass.Gates, free = (float*)(((nuint)memory + line - 1) & ~(nuint)(line - 1)), updateInput = null, updateHidden = null;
        bool isHiddenFirst = !TCell.IsJoined || pass.Weights.Format.RoundsRows();
        bool mayBegin = isHiddenFirst || pass.Weights.Recurrent(0).Depth <= KernelSet.Slab, isBegun = mayBegin && pass.Part == CellPart.Rest;
        int panel = pass.FirstPanel, updates = 0;
        while (panel < pass.EndPanel)
        {
            int groups = (pass.EndPanel - panel + most - 1) / most, count = (pass.EndPanel - panel + groups - 1) / groups;
            float* fromInput = pass.InputProduct == null ? gates : pass.InputProduct + ((nint)panel * columns), fromHidden = gates + (most * columns);
            if (isHiddenFirst && !isBegun)
            {
                MultiplyRow(pass, pass.Weights.Recurrent(panel), count, pass.HiddenTiles, Of(TCell.IsJoined ? pass.InputBias : pass.RecurrentBias, panel, columns), TCell.IsJoined ? gates : fromHidden);
            }

            if (pass.Part == CellPart.Ahead)
            {
                if (!isHiddenFirst && mayBegin)
                {
                    MultiplyRow(pass, pass.Weights.Recurrent(panel), count, pass.HiddenTiles, null, fromHidden);
                }

                return;
            }

            UpdateRow<TCell>(pass, panel - updates, 0, updates / 2, updateInput, updateHidden);
            if (pass.InputProduct == null)
            {
                MultiplyRow(pass, pass.Weights.Input(panel), count, pass.InputTiles, TCell.IsJoined && isHiddenFirst ? gates : Of(pass.InputBias, panel, columns), gates);
            }

            if (!isHiddenFirst && isBegun)
            {
                Add(fromHidden, count * columns, gates);
            }
            else if (!isHiddenFirst)
            {
                MultiplyRow(pass, pass.Weights.Recurrent(panel), count, pass.HiddenTiles, fromInput, gates);
            }

            UpdateRow<TCell>(pass, panel - updates, updates / 2, updates, updateInput, updateHidden);
            (panel, updates, isBegun) = (panel + count, count, false);
            updateInput = TCell.IsJoined ? gates : fromInput;
            updateHidden = fromHidden;
            float* next = free;
            free = gates;
            gates = next;
        }

        UpdateRow<TCell>(pass, panel - updates, 0, updates, updateInput, updateHidden);
    }

    // One row times panels that follow each other. Each field is written where it will be read: a copy of what has just been written would have to wait for all that comes
    // before it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MultiplyRow(in CellPass pass, in PanelPart part, int count, float* tile, float* before, float* c)
    {
        nint beforeStride = before == null ? 0 : part.Columns;
        before = before == null ? Zeros.Start : before;
        if (!part.Format.RoundsRows())
        {
            PanelRow<TLanes>.Multiply(part, pass.Weights.Stride, count, tile, before, beforeStride, c);
            return;
        }

        ByteRun run;
        run.Part = part;
        run.Count = count;
        run.Stride = pass.Weights.Stride;
        run.Tile = tile;
        run.Before = before;
        run.BeforeStride = beforeStride;
        run.C = c;
        _bytes.Value.Multiply(run);
    }

    private static void Add(float* x, int length, float* sum)
    {
        for (int at = 0; at < length; at += Panels.Lane)
        {
            (TLanes.Load(sum + at) + TLanes.Load(x + at)).Store(sum + at);
        }
    }

    private static void UpdateRow<TCell>(in CellPass pass, int panel, int first, int end, float* fromInput, float* fromHidden) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        for (int at = first; at < end; at++)
        {
            Update<TCell>(pass, panel + at, columns, fromInput + (at * columns), fromHidden + (at * columns));
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

    private static float* Of(float* bias, int panel, int columns) => bias == null ? null : bias + ((nint)panel * columns);

    private static AlignedBuffer ProductZeros()
    {
        var zeros = new AlignedBuffer(Panels.MostLanes * Panels.Lane);
        new Span<float>(zeros.Start, (int)zeros.Length).Clear();
        return zeros;
    }

    // Of the tile that begins at a row, with no regard to what lies outside its block. Four rows twice rather than six and two: a low tile reads as many weights.
    private int TileHeight(int row, int rows)
    {
        int left = Math.Min(CellPass.BlockRows - (row % CellPass.BlockRows), rows - row);
        foreach (int height in Tile<TStrip>.Heights)
        {
            if (height <= tallestTile && height <= left && (height != 6 || left != 8))
            {
                return height;
            }
        }

        throw new InvalidOperationException("a tile of no rows");
    }
}
