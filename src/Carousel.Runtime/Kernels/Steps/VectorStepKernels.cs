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
    // Panels of bytes whose pre-activations stay in the first-level cache together.
    private const int MostPanels = 8;

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
            for (int k = 0; k < part.Depth; k += KernelSet.Slab)
            {
                PanelRow<TLanes>.Multiply(part, k, Math.Min(KernelSet.Slab, part.Depth - k), tiles + k, k == 0 ? before : c, c);
            }
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
            product.Multiply(new ByteRun { First = part, FirstTile = tiles + (row * tileLength), Count = 1, Before = before + (row * beforeStride), C = c + (row * cStride) });
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

    // The order of additions is that of training where W·x and U·h₋ are floats, and U·h₋ first where they are bytes. U·h₋ of the first panels may be taken ahead when that
    // leaves the order as it is: when it has a sum of its own, or is a single slab, which adds up to the same bits in another place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step<TCell>(in CellPass pass) where TCell : struct, ICell
    {
        bool isBytes = pass.Weights.Format.RoundsRows();
        bool mayBegin = !TCell.IsJoined || isBytes || pass.Weights.Recurrent(0).Depth <= KernelSet.Slab;
        int columns = TCell.Gates * Panels.Lane, begun = mayBegin && pass.Part != CellPart.Whole ? Math.Min(CellPass.MostAhead, pass.EndPanel - pass.FirstPanel) : 0;
        bool isRowOfBytes = isBytes && pass.Rows == 1;
        int panel = pass.FirstPanel;
        if (pass.Part == CellPart.Ahead)
        {
            if (isRowOfBytes && begun > 0)
            {
                HiddenOfBytes<TCell>(pass, panel, begun, pass.Gates, CellPass.MostAhead);
            }

            for (int at = 0; at < begun && !isRowOfBytes; at++)
            {
                MultiplyHidden<TCell>(pass, panel + at, Gates(pass, columns, at), isBytes);
            }

            return;
        }

        if (isRowOfBytes)
        {
            if (begun > 0)
            {
                InputOfBytes<TCell>(pass, panel, begun, pass.Gates, CellPass.MostAhead);
            }

            for (panel += begun; panel < pass.EndPanel; panel += MostPanels)
            {
                StepRowOfBytes<TCell>(pass, panel, Math.Min(MostPanels, pass.EndPanel - panel));
            }

            return;
        }

        for (; pass.InputProduct != null && panel < pass.EndPanel; panel++)
        {
            StepFromProduct<TCell>(pass, panel);
        }

        for (; panel < pass.EndPanel; panel++)
        {
            bool isBegun = panel - pass.FirstPanel < begun;
            float* fromInput = Gates(pass, columns, isBegun ? panel - pass.FirstPanel : 0), fromHidden = fromInput + ((nint)pass.Rows * columns);
            if (!isBegun && (isBytes || !TCell.IsJoined))
            {
                MultiplyHidden<TCell>(pass, panel, fromInput, isBytes);
            }

            Multiply(pass.Weights.Input(panel), pass.InputTiles, pass.Rows, TCell.IsJoined && isBytes ? fromInput : Of(pass.InputBias, panel, columns), fromInput, columns);
            if (TCell.IsJoined && !isBytes)
            {
                AddHidden(pass, panel, columns, fromInput, isBegun ? fromHidden : null);
            }

            Update<TCell>(pass, panel, columns, fromInput, fromHidden);
        }
    }

    // What is left of a step whose W·x is there.
    private void StepFromProduct<TCell>(in CellPass pass, int panel) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        float* fromInput = pass.InputProduct + ((nint)panel * columns), fromHidden = pass.Gates + columns;
        if (TCell.IsJoined)
        {
            Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, 1, fromInput, pass.Gates, columns);
            fromInput = pass.Gates;
        }
        else
        {
            MultiplyHidden<TCell>(pass, panel, pass.Gates, isBytes: false);
        }

        Update<TCell>(pass, panel, columns, fromInput, fromHidden);
    }

    // The products of several panels, then their cells: what a row of bytes waits for is the stream of weights, which should not be interrupted panel by panel.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepRowOfBytes<TCell>(in CellPass pass, int panel, int count) where TCell : struct, ICell
    {
        const int line = 64;
        int columns = TCell.Gates * Panels.Lane;
        byte* memory = stackalloc byte[(2 * MostPanels * columns * sizeof(float)) + line];
        float* gates = (float*)(((nuint)memory + line - 1) & ~(nuint)(line - 1));
        if (!TCell.IsJoined)
        {
            HiddenOfBytes<TCell>(pass, panel, count, gates, MostPanels);
            InputOfBytes<TCell>(pass, panel, count, gates, MostPanels);
            return;
        }

        ByteRun run = RunOf(pass, count, pass.Weights.Recurrent(panel), pass.HiddenTiles);
        run.Second = pass.Weights.Input(panel);
        run.SecondTile = pass.InputTiles;
        Start(ref run, pass.InputBias, panel, columns, gates);
        _bytes.Value.Multiply(run);
        UpdateRow<TCell>(pass, panel, count, gates, MostPanels);
    }

    // U·h₋ of several panels; gates are 2 · [most, gates · 16], what comes from the input first.
    private void HiddenOfBytes<TCell>(in CellPass pass, int panel, int count, float* gates, int most) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        ByteRun run = RunOf(pass, count, pass.Weights.Recurrent(panel), pass.HiddenTiles);
        Start(ref run, TCell.IsJoined ? pass.InputBias : pass.RecurrentBias, panel, columns, TCell.IsJoined ? gates : gates + (most * columns));
        _bytes.Value.Multiply(run);
    }

    // What follows HiddenOfBytes.
    private void InputOfBytes<TCell>(in CellPass pass, int panel, int count, float* gates, int most) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        ByteRun run = RunOf(pass, count, pass.Weights.Input(panel), pass.InputTiles);
        Start(ref run, pass.InputBias, panel, columns, gates);
        if (TCell.IsJoined)
        {
            run.Before = gates;
            run.BeforeStride = columns;
        }

        _bytes.Value.Multiply(run);
        UpdateRow<TCell>(pass, panel, count, gates, most);
    }

    private static void UpdateRow<TCell>(in CellPass pass, int panel, int count, float* gates, int most) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        for (int at = 0; at < count; at++)
        {
            Update<TCell>(pass, panel + at, columns, gates + (at * columns), gates + ((most + at) * columns));
        }
    }

    private static ByteRun RunOf(in CellPass pass, int count, PanelPart part, float* tile) => new() { Count = count, Stride = pass.Weights.Stride, First = part, FirstTile = tile };

    private static void Start(ref ByteRun run, float* bias, int panel, int columns, float* c)
    {
        run.Before = bias == null ? Zeros.Start : Of(bias, panel, columns);
        run.BeforeStride = bias == null ? 0 : columns;
        run.C = c;
    }

    private static float* Gates(in CellPass pass, int columns, int at) => pass.Gates + ((nint)at * 2 * pass.Rows * columns);

    // U·h₋ by itself, or onto the bias where W·x is summed onto it.
    private void MultiplyHidden<TCell>(in CellPass pass, int panel, float* gates, bool isBytes) where TCell : struct, ICell
    {
        int columns = TCell.Gates * Panels.Lane;
        bool isFirst = TCell.IsJoined && isBytes;
        float* to = isFirst ? gates : gates + ((nint)pass.Rows * columns);
        Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, pass.Rows, Of(isFirst ? pass.InputBias : pass.RecurrentBias, panel, columns), to, columns);
    }

    private void AddHidden(in CellPass pass, int panel, int columns, float* sum, float* ahead)
    {
        if (ahead == null)
        {
            Multiply(pass.Weights.Recurrent(panel), pass.HiddenTiles, pass.Rows, sum, sum, columns);
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
