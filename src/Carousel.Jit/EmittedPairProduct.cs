using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>
/// Products in bfloat16 by emitted code, blocked as the float32 ones are: B is packed in strips by code of <see cref="PairPackingEmitter"/>, and for each slab of k a block of
/// rows of A is packed and meets every strip, both from the second-level cache.
/// </summary>
internal abstract unsafe class EmittedPairProduct : BrainFloatProduct, IDisposable
{
    /// <summary>Columns of a strip.</summary>
    public const int Width = 32;

    private const int PairBytes = sizeof(int), Line = 64;

    private readonly ExecutableMemory _memory;
    private readonly delegate* unmanaged[SuppressGCTransition]<PairPackingCall*, void> _packRows, _packTiles, _packStrips;

    /// <summary>Emits the kernels.</summary>
    /// <param name="kernels">Those that multiply.</param>
    /// <param name="dump">Folder that gets each kernel as NAME.bin, or null; made when it is missing.</param>
    /// <exception cref="PlatformNotSupportedException">There is no memory for code.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    protected EmittedPairProduct(IReadOnlyList<(string Name, byte[] Code)> kernels, string? dump)
    {
        (string Name, byte[] Code)[] routines =
        [
            .. kernels,
            ("pair-rows", PairPackingEmitter.EmitRows()),
            ("pair-tiles", PairPackingEmitter.EmitTiles(registers: 1)),
            ("pair-strips", PairPackingEmitter.EmitTiles(registers: 2)),
        ];
        CodeDump.Write(dump, routines);
        _memory = new ExecutableMemory([.. routines.Select(routine => routine.Code)]);
        _packRows = (delegate* unmanaged[SuppressGCTransition]<PairPackingCall*, void>)_memory.Entry(kernels.Count);
        _packTiles = (delegate* unmanaged[SuppressGCTransition]<PairPackingCall*, void>)_memory.Entry(kernels.Count + 1);
        _packStrips = (delegate* unmanaged[SuppressGCTransition]<PairPackingCall*, void>)_memory.Entry(kernels.Count + 2);
    }

    /// <summary>Most rows of A that are packed together.</summary>
    public abstract int BlockRows { get; }

    /// <summary>The number of pairs of a slab is filled up with zeros to a multiple of this.</summary>
    public abstract int PairUnit { get; }

    /// <summary>Columns of a strip of a stacked matrix.</summary>
    public abstract int StackWidth { get; }

    /// <inheritdoc/>
    public override PackedMatrix Pack(KernelSet owner, Matrix b, PackedMatrix? reuse, Workers workers)
    {
        PackedPairs packed = reuse as PackedPairs ?? new PackedPairs(owner, b.Rows, b.Columns, Pairs(b.Rows));
        fixed (float* start = b.Values)
        {
            PairPacking.Run(this, Operand.Right(b, start), b.Columns, b.Rows, packed.Start, workers);
        }

        GC.KeepAlive(packed);
        GC.KeepAlive(this);
        return packed;
    }

    /// <inheritdoc/>
    public override void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        fixed (float* left = a.Values, right = b.Values, target = c)
        {
            PairPass.Run(this, a.Rows, b.Columns, a.Columns, PairFactor.Of(Operand.Left(a, left)), Operand.Right(b, right), strips: null, target, cStride, accumulate, workers);
        }
    }

    /// <inheritdoc/>
    public override void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        var packed = (PackedPairs)b;
        fixed (float* left = a.Values, target = c)
        {
            PairPass.Run(this, a.Rows, b.Columns, a.Columns, PairFactor.Of(Operand.Left(a, left)), default, packed.Start, target, cStride, accumulate, workers);
        }

        GC.KeepAlive(packed);
    }

    /// <inheritdoc/>
    /// <remarks>Both ways round: rows of pairs, then strips [rows / 2, <see cref="StackWidth"/>] of pairs.</remarks>
    public override int StackLength(int rows, int columns) => checked((int)(((rows * RowStride(columns)) + (StripStride(rows) * ((columns + StackWidth - 1) / StackWidth))) / sizeof(float)));

    /// <inheritdoc/>
    public override void Stack(Matrix rows, int first, Span<float> memory, int capacity)
    {
        int columns = rows.Columns, strips = columns / StackWidth, whole = strips * StackWidth, rest = columns - whole;
        nint rowStride = RowStride(columns), stripStride = StripStride(capacity);
        fixed (float* source = rows.Values, words = memory)
        {
            if (rows.Rows > 0 && columns > 0)
            {
                PackRows(source, rows.Stride, rows.Rows, columns, (byte*)words + (first * rowStride), rowStride);
            }

            byte* target = (byte*)words + (capacity * rowStride) + ((nint)first / 2 * StackWidth * PairBytes);
            if (strips > 0)
            {
                PackTiles(source, rows.Stride, rows.Rows, strips, StackWidth, target, StackWidth, stripStride);
            }

            if (rest > 0)
            {
                PackTiles(source + whole, rows.Stride, rows.Rows, 1, rest, target + (strips * stripStride), StackWidth, stripStride);
            }
        }

        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void Multiply(StackedMatrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        fixed (float* left = a.Memory, right = b.Values, target = c)
        {
            nint rowStride = RowStride(a.StackedColumns);
            PairFactor factor = a.IsTransposed ? PairFactor.Strips((nint)left + (a.Capacity * rowStride), StripStride(a.Capacity), StackWidth) : PairFactor.Rows((nint)left, rowStride);
            PairPass.Run(this, a.Rows, b.Columns, a.Columns, factor, Operand.Right(b, right), strips: null, target, cStride, accumulate, workers);
        }
    }

    /// <summary>Gives the code's memory back; nothing may multiply any more.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>Where a kernel begins.</summary>
    /// <param name="kernel">Its place in the list that was given.</param>
    protected void* Entry(int kernel) => _memory.Entry(kernel);

    /// <summary>Pairs of a slab, filled up.</summary>
    /// <param name="depth">Numbers along k.</param>
    internal int Pairs(int depth) => (((depth + 1) / 2) + PairUnit - 1) / PairUnit * PairUnit;

    /// <summary>Multiplies a block of rows of A by some strips over one slab.</summary>
    internal abstract void Multiply(in PairBlock block, PairScratch scratch);

    /// <summary>Rounds rows whose neighbours along k lie side by side; fills each up with zeros to a whole line.</summary>
    /// <param name="source">[rows, depth] with gaps.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="rows">1 or more.</param>
    /// <param name="depth">1 or more.</param>
    /// <param name="target">Rows of pairs, with gaps.</param>
    /// <param name="targetStride">Bytes from one row of pairs to the next, <see cref="PairScratch.RowBytes"/> or more.</param>
    internal void PackRows(float* source, nint stride, int rows, int depth, byte* target, nint targetStride)
    {
        const int Numbers = 2 * Line / sizeof(float);
        var call = new PairPackingCall
        {
            Source = source, Target = target, SourceStride = stride * sizeof(float), TargetStride = targetStride, Count = rows,
            Tiles = depth / Numbers, First = (1u << (depth % Numbers)) - 1,
        };
        _packRows(&call);
    }

    /// <summary>Rounds and interleaves pairs of rows, each cut into tiles.</summary>
    /// <param name="source">[depth, tiles · width] with gaps.</param>
    /// <param name="stride">Elements from one k to the next.</param>
    /// <param name="depth">1 or more.</param>
    /// <param name="tiles">1 or more.</param>
    /// <param name="width">Numbers of each tile in a row of the source, 1 … <see cref="Width"/>.</param>
    /// <param name="target">Pairs [tiles, depth / 2, <paramref name="padded"/>], tiles with gaps.</param>
    /// <param name="padded">Pairs of each tile in a row of the target: what is more than <paramref name="width"/> becomes zero.</param>
    /// <param name="tileStride">Bytes from one tile of the target to the next.</param>
    internal void PackTiles(float* source, nint stride, int depth, int tiles, int width, byte* target, int padded, nint tileStride)
    {
        int pairs = depth / 2;
        var call = new PairPackingCall
        {
            Source = source, Target = target, SourceStride = stride * sizeof(float), TargetStride = padded * PairBytes, Count = pairs, Tiles = tiles,
            TileStride = tileStride, SourceStep = width * sizeof(float), First = Bits(width), Second = Bits(width), Store = Bits(padded),
        };
        delegate* unmanaged[SuppressGCTransition]<PairPackingCall*, void> pack = padded > Width / 2 ? _packStrips : _packTiles;
        if (pairs > 0)
        {
            pack(&call);
        }

        if (depth % 2 == 1)
        {
            // The last row has no partner.
            call.Source = source + (2 * pairs * stride);
            call.Target = target + (pairs * call.TargetStride);
            (call.Count, call.Second) = (1, 0);
            pack(&call);
        }
    }

    /// <summary>Rounds the columns of some strips over a range of k.</summary>
    /// <param name="b">[K, N]</param>
    /// <param name="columnStart">The first column, of a strip.</param>
    /// <param name="columnEnd">One beyond the last, which may be inside a strip.</param>
    /// <param name="k">The first k, even.</param>
    /// <param name="depth">1 or more.</param>
    /// <param name="target">Pairs [strips, depth / 2, <see cref="Width"/>].</param>
    /// <param name="rows">Scratch for a strip's columns as rows of pairs.</param>
    internal void PackStrips(Operand b, int columnStart, int columnEnd, int k, int depth, byte* target, PairScratch.Buffer rows)
    {
        int pairs = (depth + 1) / 2;
        nint strip = (nint)Pairs(depth) * Width * PairBytes;
        for (int at = 0; pairs < Pairs(depth) && columnStart + (at * Width) < columnEnd; at++)
        {
            new Span<byte>(target + (at * strip) + ((nint)pairs * Width * PairBytes), (Pairs(depth) - pairs) * Width * PairBytes).Clear();
        }

        if (b.IsDepthContiguous)
        {
            byte* scratch = rows.AtLeast(Width * PairScratch.RowBytes(depth));
            for (int column = columnStart; column < columnEnd; column += Width, target += strip)
            {
                int count = Math.Min(Width, columnEnd - column);
                PackRows(b.At(column, k), b.Stride, count, depth, scratch, PairScratch.RowBytes(depth));
                Packing.Transpose((float*)scratch, PairScratch.RowBytes(depth) / PairBytes, pairs, count, (float*)target, Width);
            }

            return;
        }

        int whole = (columnEnd - columnStart) / Width, rest = (columnEnd - columnStart) % Width;
        if (whole > 0)
        {
            PackTiles(b.At(columnStart, k), b.Stride, depth, whole, Width, target, Width, strip);
        }

        if (rest > 0)
        {
            PackTiles(b.At(columnEnd - rest, k), b.Stride, depth, 1, rest, target + (whole * strip), Width, strip);
        }
    }

    // An odd number of lines, so that the rows of a tile do not share a place in the cache.
    private static nint RowStride(int columns) => ((PairScratch.RowBytes(columns) / Line) | 1) * (nint)Line;

    private nint StripStride(int rows) => (nint)((rows + 1) / 2) * StackWidth * PairBytes;

    private static uint Bits(int count) => count >= 32 ? uint.MaxValue : (1u << count) - 1;
}
