using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Optimizers;

/// <summary>
/// Changes parameters along their gradients. Everything it remembers between two steps is in <see cref="State"/> and <see cref="StepCount"/>: with both
/// restored, it goes on bit for bit where it was.
/// </summary>
/// <remarks>A parameter nothing has been added to has a gradient of zeros, so whether its memory exists yet makes no difference.</remarks>
public abstract class Optimizer
{
    // Long parameters are cut into pieces of this many elements for the threads; each element is updated by itself, so the cut changes nothing.
    private const int Piece = 1 << 16;
    private readonly List<(int Parameter, int Start, int Length)> _pieces = [];
    private readonly List<(string Name, Tensor[] Tensors)> _slots = [];
    private readonly Workers _workers;
    private readonly Action<int> _updatePiece, _squarePiece;
    private readonly double[] _squares;

    /// <summary>Takes charge of the parameters.</summary>
    /// <param name="parameters">With names that are unique; the order decides the order of <see cref="State"/>.</param>
    /// <param name="config">The settings.</param>
    /// <param name="workers">Threads that share a step; null runs it on the caller's.</param>
    /// <param name="kernels">Kernel set; null takes the one this machine gets.</param>
    /// <exception cref="ArgumentException">The config has problems (all are listed), or two parameters share a name.</exception>
    protected Optimizer(IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerConfig config, Workers? workers, KernelSet? kernels)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"optimizer: {string.Join("; ", problems)}", nameof(config));
        }

        Parameters = [.. parameters];
        if (Parameters.GroupBy(entry => entry.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"optimizer: {twice.Count()} parameters are called '{twice.Key}', expected names that are unique", nameof(parameters));
        }

        LearningRate = config.LearningRate;
        (_updatePiece, _squarePiece) = (UpdatePiece, SquarePiece);
        _workers = workers ?? Workers.Single;
        Kernels = kernels ?? KernelCatalog.Selected;
        for (int i = 0; i < Parameters.Count; i++)
        {
            int length = Parameters[i].Parameter.Tensor.Length;
            for (int start = 0; start < length; start += Piece)
            {
                _pieces.Add((i, start, Math.Min(Piece, length - start)));
            }
        }

        _squares = new double[_pieces.Count];
    }

    /// <summary>What is optimised.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>η, used by the next step; a schedule sets it.</summary>
    public double LearningRate { get; set; }

    /// <summary>Steps taken; set only to restore a checkpoint.</summary>
    public long StepCount { get; set; }

    /// <summary>The arithmetic loops.</summary>
    protected KernelSet Kernels { get; }

    /// <summary>Factor on every gradient of this step.</summary>
    private protected float GradientScale { get; private set; } = 1;

    /// <summary>
    /// Every tensor that is remembered between steps, as <c>variance.lstm.weight_ih_l0</c>, always in the same order; the tensors themselves, so that a
    /// checkpoint copies out of or into them.
    /// </summary>
    public IEnumerable<(string Name, Tensor Tensor)> State() =>
        _slots.SelectMany(slot => slot.Tensors.Select((tensor, i) => ($"{slot.Name}.{Parameters[i].Name}", tensor)));

    /// <summary>√Σ g² over all gradients: what clipping compares with its limit. Sums of pieces in the fixed order of the kernel set, the pieces in float64 in order.</summary>
    public double GradientNorm()
    {
        SettleGradients();
        _workers.Run(_pieces.Count, _squarePiece);
        double total = 0;
        foreach (double square in _squares)
        {
            total += square;
        }

        return Math.Sqrt(total);
    }

    /// <summary>Updates every parameter from its gradient. The gradients stay as they are: <see cref="ClearGradients"/> before the next backward pass.</summary>
    /// <param name="gradientScale">Factor on every gradient before use, such as that of clipping by norm.</param>
    public void Step(float gradientScale = 1)
    {
        StepCount++;
        GradientScale = gradientScale;
        Prepare();
        SettleGradients();
        for (int i = 0; i < Parameters.Count; i++)
        {
            Tensor tensor = Parameters[i].Parameter.Tensor;
            for (int part = 0; UpdatesByPart(i) && part < tensor.GradientParts; part++)
            {
                Span<float> gradient = tensor.GradientPart(part, out int start);
                Update(i, start, gradient);
            }
        }

        _workers.Run(_pieces.Count, _updatePiece);
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients()
    {
        for (int i = 0; i < Parameters.Count; i++)
        {
            Parameters[i].Parameter.Tensor.ClearGradient();
        }
    }

    /// <summary>Adds one remembered tensor per parameter, of its shape, starting at zero.</summary>
    private protected Tensor[] AddSlot(string name)
    {
        Tensor[] tensors = [.. Parameters.Select(entry => new Tensor(entry.Parameter.Tensor.Shape))];
        _slots.Add((name, tensors));
        return tensors;
    }

    /// <summary>Works out what is the same for all elements of this step.</summary>
    private protected abstract void Prepare();

    /// <summary>True when an element without gradient stays as it is, so that a step need not look at it.</summary>
    private protected virtual bool SkipsZeros(int parameter) => false;

    /// <summary>Updates the elements of one parameter from <paramref name="start"/> on, as many as there are gradients.</summary>
    private protected abstract void Update(int parameter, int start, ReadOnlySpan<float> gradient);

    private void SettleGradients()
    {
        for (int i = 0; i < Parameters.Count; i++)
        {
            Parameters[i].Parameter.Tensor.SettleGradient();
        }
    }

    private bool UpdatesByPart(int parameter) => SkipsZeros(parameter) && Parameters[parameter].Parameter.Tensor.HasSparseGradient;

    private void UpdatePiece(int piece)
    {
        (int parameter, int start, int length) = _pieces[piece];
        if (!UpdatesByPart(parameter))
        {
            Update(parameter, start, Parameters[parameter].Parameter.Tensor.GradientValues.Slice(start, length));
        }
    }

    // What is known to be zero outside some rows is summed up row by row with the first piece.
    private void SquarePiece(int piece)
    {
        (int parameter, int start, int length) = _pieces[piece];
        Tensor tensor = Parameters[parameter].Parameter.Tensor;
        _squares[piece] = 0;
        if (!tensor.HasSparseGradient)
        {
            ReadOnlySpan<float> gradient = tensor.GradientValues.Slice(start, length);
            _squares[piece] = Kernels.Dot(gradient, gradient);
        }

        for (int part = 0; start == 0 && tensor.HasSparseGradient && part < tensor.GradientParts; part++)
        {
            ReadOnlySpan<float> gradient = tensor.GradientPart(part, out _);
            _squares[piece] += Kernels.Dot(gradient, gradient);
        }
    }
}
