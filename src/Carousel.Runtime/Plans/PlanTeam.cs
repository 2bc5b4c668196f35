using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>
/// The threads of a compiled model. A stream that finds them at work for another one steps alone instead of waiting, with the same bits.
/// </summary>
internal sealed unsafe class PlanTeam : IDisposable
{
    /// <summary>Bytes of weights times rows below which waking another thread costs more than it saves.</summary>
    public const long WorthSharing = 1 << 17;

    private readonly Workers _workers;
    private readonly Action<int> _shard;
    private StepKernels? _kernels;
    private CellKind _kind;
    private CellPass _pass;
    private int _gates;
    private int _isBusy;

    /// <summary>Starts the threads; they sleep until a step comes.</summary>
    /// <param name="threads">2 or more.</param>
    public PlanTeam(int threads)
    {
        _workers = new Workers(threads);
        _shard = Shard;
    }

    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads => _workers.Threads;

    /// <summary>Runs one layer's step with its panels shared out, unless the threads are at work.</summary>
    /// <param name="kernels">The arithmetic.</param>
    /// <param name="kind">The cell.</param>
    /// <param name="pass">All panels; <see cref="CellPass.Gates"/> has room for every thread.</param>
    /// <param name="gates">Values of <see cref="CellPass.Gates"/> that one thread takes.</param>
    /// <returns>False when nothing was done.</returns>
    public bool TryRun(StepKernels kernels, CellKind kind, in CellPass pass, int gates)
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            return false;
        }

        try
        {
            (_kernels, _kind, _pass, _gates) = (kernels, kind, pass, gates);
            _workers.Run(Threads, _shard);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }

        return true;
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => _workers.Dispose();

    private void Shard(int shard)
    {
        CellPass own = _pass;
        int panels = own.EndPanel;
        own.FirstPanel = shard * panels / Threads;
        own.EndPanel = (shard + 1) * panels / Threads;
        own.Gates += (nint)shard * _gates;
        _kernels!.Step(_kind, own);
    }
}
