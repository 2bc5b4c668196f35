using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Jit;

/// <summary>
/// Products in int8 by emitted code: of <see cref="BytePanelEmitter"/>, one kernel for each format, width and number of panels, and of <see cref="ByteTileEmitter"/>, one for
/// each size of a tile.
/// </summary>
internal sealed unsafe class EmittedByteProduct : ByteProduct, IDisposable
{
    // A single row is a panel kernel's.
    private const int FewestRows = 2;

    private readonly ExecutableMemory _memory;
    private readonly delegate* unmanaged[SuppressGCTransition]<BytePanelCall*, void>[] _kernels;
    private readonly delegate* unmanaged[SuppressGCTransition]<ByteTileCall*, void>[] _tileKernels;

    /// <summary>Emits the kernels.</summary>
    /// <param name="dump">Folder that gets each kernel as NAME.bin, or null; made when it is missing.</param>
    /// <exception cref="PlatformNotSupportedException">There is no memory for code.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public EmittedByteProduct(string? dump)
    {
        (string Name, byte[] Code)[] panels =
        [
            .. from format in new[] { PanelFormat.Bytes, PanelFormat.Nibbles }
               from lanes in Enumerable.Range(1, Panels.MostLanes)
               from count in Enumerable.Range(1, BytePanelEmitter.MostPanels(lanes))
               select (BytePanelEmitter.Name(format, lanes, count), BytePanelEmitter.Emit(format, lanes, count)),
        ];
        (string Name, byte[] Code)[] tiles =
        [
            .. from rows in Enumerable.Range(FewestRows, ByteTileEmitter.MostRows - FewestRows + 1)
               from lanes in Enumerable.Range(1, Panels.MostLanes)
               select (ByteTileEmitter.Name(rows, lanes), ByteTileEmitter.Emit(rows, lanes)),
        ];
        CodeDump.Write(dump, panels.Concat(tiles));
        _memory = new ExecutableMemory([.. panels.Concat(tiles).Select(static routine => routine.Code)]);
        _kernels = new delegate* unmanaged[SuppressGCTransition]<BytePanelCall*, void>[panels.Length];
        for (int at = 0; at < panels.Length; at++)
        {
            _kernels[at] = (delegate* unmanaged[SuppressGCTransition]<BytePanelCall*, void>)_memory.Entry(at);
        }

        _tileKernels = new delegate* unmanaged[SuppressGCTransition]<ByteTileCall*, void>[tiles.Length];
        for (int at = 0; at < tiles.Length; at++)
        {
            _tileKernels[at] = (delegate* unmanaged[SuppressGCTransition]<ByteTileCall*, void>)_memory.Entry(panels.Length + at);
        }
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(in ByteRun run)
    {
        int lanes = run.Part.Lanes, count = run.Count, most = BytePanelEmitter.MostPanels(lanes);
        int kernels = (run.Part.Format == PanelFormat.Nibbles ? _kernels.Length / 2 : 0) + FirstOf(lanes);
        BytePanelCall call;
        call.Panel = run.Part.Start;
        call.Stride = run.Stride * sizeof(float);
        call.Tile = run.Tile;
        call.Words = run.Part.Words;
        call.Before = run.Before;
        call.BeforeStride = run.BeforeStride * sizeof(float);
        call.C = run.C;

        // Groups of nearly the same size.
        for (int groups = (count + most - 1) / most; groups > 0; groups--)
        {
            nint panels = (count + groups - 1) / groups;
            _kernels[kernels + panels - 1](&call);
            call.Panel += panels * run.Stride;
            call.Before += panels * run.BeforeStride;
            call.C += panels * lanes * Panels.Lane;
            count -= (int)panels;
        }

        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void MultiplyRows(PanelPart part, float* tiles, int rows, float* before, nint beforeStride, float* c, nint cStride)
    {
        nint tileLength = ByteRow.TileLength(part.Depth);
        var call = new ByteTileCall
        {
            Panel = part.Start,
            Rows = tiles,
            RowStride = tileLength * sizeof(float),
            Before = before,
            BeforeStride = beforeStride * sizeof(float),
            C = c,
            CStride = cStride * sizeof(float),
            Quads = ByteRow.Quads(part.Depth),
        };

        // Tiles of nearly the same height: a low one would read as many weights and do less with them.
        for (int count = (rows + ByteTileEmitter.MostRows - 1) / ByteTileEmitter.MostRows; count > 0; count--)
        {
            int height = (rows + count - 1) / count;
            _tileKernels[((height - FewestRows) * Panels.MostLanes) + part.Lanes - 1](&call);
            call.Rows += height * tileLength;
            call.Before += height * beforeStride;
            call.C += height * cStride;
            rows -= height;
        }

        GC.KeepAlive(this);
    }

    /// <summary>Gives the code's memory back; nothing may multiply any more.</summary>
    public void Dispose()
    {
        for (int at = 0; at < _kernels.Length; at++)
        {
            _kernels[at] = null;
        }

        for (int at = 0; at < _tileKernels.Length; at++)
        {
            _tileKernels[at] = null;
        }

        _memory.Dispose();
    }

    // Where the kernels for panels of one width begin.
    private static int FirstOf(int lanes)
    {
        int first = 0;
        for (int narrower = 1; narrower < lanes; narrower++)
        {
            first += BytePanelEmitter.MostPanels(narrower);
        }

        return first;
    }
}
