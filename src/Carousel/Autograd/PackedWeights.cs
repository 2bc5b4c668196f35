using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd;

/// <summary>
/// Weights in the layout that products read fastest, packed when a product first asks and then kept until <see cref="Release"/>: once per update, however many steps, slices
/// or micro-batches an update has.
/// </summary>
/// <param name="kernels">Who packs and multiplies.</param>
/// <param name="workers">Threads that share the work.</param>
internal sealed class PackedWeights(KernelSet kernels, Workers workers)
{
    private readonly Dictionary<(Tensor Weight, bool IsTransposed), PackedMatrix> _current = [];
    private readonly Dictionary<(int Rows, int Columns), Stack<PackedMatrix>> _free = [];

    /// <summary>W [O, I] as the right-hand side of y = x·Wᵀ.</summary>
    public PackedMatrix Transposed(Tensor weight) => Pack(weight, isTransposed: true);

    /// <summary>W [O, I] as the right-hand side of ∂x = ∂y·W.</summary>
    public PackedMatrix Plain(Tensor weight) => Pack(weight, isTransposed: false);

    /// <summary>The packed copies are not up to date any more; their memory is kept for the next.</summary>
    /// <param name="all">False to keep the weights that live longer than the tape's own tensors.</param>
    public void Release(bool all)
    {
        foreach (((Tensor weight, bool isTransposed), PackedMatrix packed) in _current)
        {
            if (all || weight.Storage.IsTemporary)
            {
                if (!_free.TryGetValue((packed.Rows, packed.Columns), out Stack<PackedMatrix>? free))
                {
                    _free[(packed.Rows, packed.Columns)] = free = new Stack<PackedMatrix>();
                }

                free.Push(packed);
                _current.Remove((weight, isTransposed));
            }
        }
    }

    private PackedMatrix Pack(Tensor weight, bool isTransposed)
    {
        if (!_current.TryGetValue((weight, isTransposed), out PackedMatrix? packed))
        {
            var matrix = new Matrix(weight.Values, weight.Shape[0], weight.Shape[1]);
            matrix = isTransposed ? matrix.Transposed : matrix;
            PackedMatrix? reuse = _free.TryGetValue((matrix.Rows, matrix.Columns), out Stack<PackedMatrix>? free) && free.TryPop(out PackedMatrix? old) ? old : null;
            _current[(weight, isTransposed)] = packed = kernels.Pack(matrix, reuse, workers);
        }

        return packed;
    }
}
