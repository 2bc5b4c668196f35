using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Jit;

/// <summary>int8 products by code of <see cref="BytePanelEmitter"/>, one kernel for each width of a panel.</summary>
internal sealed unsafe class EmittedByteProduct : ByteProduct, IDisposable
{
    private readonly ExecutableMemory _memory;
    private readonly delegate* unmanaged[SuppressGCTransition]<BytePanelCall*, void>[] _kernels;

    /// <summary>Emits the kernels.</summary>
    /// <param name="dump">Folder that gets each kernel as NAME.bin, or null; made when it is missing.</param>
    /// <exception cref="PlatformNotSupportedException">There is no memory for code.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public EmittedByteProduct(string? dump)
    {
        byte[][] routines = [.. Enumerable.Range(1, BytePanelEmitter.MostLanes).Select(BytePanelEmitter.Emit)];
        CodeDump.Write(dump, routines.Select((code, at) => (BytePanelEmitter.Name(at + 1), code)));
        _memory = new ExecutableMemory(routines);
        _kernels = new delegate* unmanaged[SuppressGCTransition]<BytePanelCall*, void>[routines.Length];
        for (int at = 0; at < routines.Length; at++)
        {
            _kernels[at] = (delegate* unmanaged[SuppressGCTransition]<BytePanelCall*, void>)_memory.Entry(at);
        }
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(in ByteRun run)
    {
        BytePanelCall call;
        call.Before = run.Before;
        call.C = run.C;
        call.Panels = run.Count;
        call.Stride = run.Stride * sizeof(float);
        call.BeforeStride = run.BeforeStride * sizeof(float);
        call.First = Factors(run.First, run.FirstTile);
        call.Second = Factors(run.Second, run.SecondTile);
        call.End = &call.First + (run.Second.Depth > 0 ? 2 : 1);
        _kernels[run.First.Lanes - 1](&call);
        GC.KeepAlive(this);
    }

    /// <summary>Gives the code's memory back; nothing may multiply any more.</summary>
    public void Dispose()
    {
        for (int at = 0; at < _kernels.Length; at++)
        {
            _kernels[at] = null;
        }

        _memory.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static BytePanelFactors Factors(PanelPart part, float* tile) => new() { Panel = part.Start, Tile = tile, Quads = ByteRow.Quads(part.Depth) };
}
