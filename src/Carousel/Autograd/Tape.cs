using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd;

/// <summary>
/// Runs operations and remembers them, so that <see cref="Backward(Tensor, float)"/> can walk back through them and collect the gradients (reverse-mode automatic
/// differentiation, Linnainmaa 1970). The operations are extension methods in <c>Autograd.Operations</c>.
/// </summary>
/// <remarks>
/// <para>One tape belongs to one thread; the work inside an operation is spread over <see cref="Workers"/>.</para>
/// <para>Tensors made by operations live until <see cref="Reset"/>, which takes their memory back. What must outlive a step is
/// <see cref="Tensor.Detach"/>ed before.</para>
/// </remarks>
public sealed class Tape
{
    private readonly TapeMemory _memory = new();
    private readonly List<Storage> _owned = [];
    private readonly List<Entry> _entries = [];
    private readonly Stack<string> _layers = new();
    private readonly RandomSource? _random;
    private readonly TapeProfile? _profile;
    private bool _isSpent;

    /// <summary>A tape for one thread of work.</summary>
    /// <param name="random">Source of dropout masks and the like; null forbids operations that draw random numbers.</param>
    /// <param name="workers">Threads that share the work of each operation; null runs everything on the caller's.</param>
    /// <param name="kernels">Kernel set; null takes the one this machine gets.</param>
    /// <param name="isTraining">True when dropout and its relatives are active.</param>
    /// <param name="isRecording">False for evaluation, which needs no gradients.</param>
    /// <param name="recomputes">True to save memory: what fills most of it is not kept for the backward pass but worked out a second time there.</param>
    /// <param name="profile">Told when each operation ends; null measures nothing.</param>
    public Tape(RandomSource? random = null, Workers? workers = null, KernelSet? kernels = null, bool isTraining = false, bool isRecording = true, bool recomputes = false, TapeProfile? profile = null)
    {
        _profile = profile;
        _random = random;
        Workers = workers ?? Workers.Single;
        Kernels = kernels ?? KernelCatalog.Selected;
        Packed = new PackedWeights(Kernels, Workers);
        IsTraining = isTraining;
        IsRecording = isRecording;
        Recomputes = recomputes;
    }

    /// <summary>The arithmetic loops.</summary>
    public KernelSet Kernels { get; }

    /// <summary>The threads that share the work of one operation.</summary>
    public Workers Workers { get; }

    /// <summary>Weights as products read them.</summary>
    internal PackedWeights Packed { get; }

    /// <summary>True when dropout and its relatives are active.</summary>
    public bool IsTraining { get; }

    /// <summary>True when operations are remembered for a backward pass.</summary>
    public bool IsRecording { get; }

    /// <summary>True when operations over long sequences and large vocabularies keep little for the backward pass and work it out again there (Chen et al. 2016): the same bits, less memory.</summary>
    public bool Recomputes { get; }

    /// <summary>Memory of the tensors made on this tape and of their gradients, in bytes; what is free for the next ones is included.</summary>
    public long Bytes => _memory.Bytes;

    /// <summary>Source of random numbers.</summary>
    /// <exception cref="InvalidOperationException">The tape was made without one.</exception>
    public RandomSource Random => _random
        ?? throw new InvalidOperationException("this operation draws random numbers, but the tape was made without a RandomSource");

    /// <summary>A tensor whose numbers are undefined until written; its memory returns to the tape at <see cref="Reset"/>.</summary>
    /// <param name="shape">Sizes of the axes.</param>
    public Tensor Empty(params ReadOnlySpan<int> shape)
    {
        var storage = new Storage(_memory.Take(Tensor.Count(shape))) { IsTemporary = true };
        _owned.Add(storage);
        return new Tensor(storage, 0, shape.ToArray());
    }

    /// <summary>A tensor of zeros; its memory returns to the tape at <see cref="Reset"/>.</summary>
    /// <param name="shape">Sizes of the axes.</param>
    public Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Empty(shape);
        tensor.Values.Clear();
        return tensor;
    }

    /// <summary>The gradient of a tensor for a backward pass to add to, with zeroed memory from this tape when it has none yet.</summary>
    /// <remarks>A parameter keeps its gradient; that of a tensor made on this tape is taken back at <see cref="Reset"/>.</remarks>
    public Span<float> GradientOf(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        TakeGradient(tensor);
        return tensor.Gradient;
    }

    /// <summary>The gradient of a tensor for an operation that writes every element of it: the first one need not read zeros.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="adds">True when the operation must add; false when it must overwrite, whatever it finds.</param>
    internal Span<float> GradientOf(Tensor tensor, out bool adds)
    {
        TakeGradient(tensor);
        return tensor.GradientToWrite(out adds);
    }

    /// <summary>The gradient of a table for a backward pass that adds to some rows only; clearing, clipping and plain SGD then leave the others alone.</summary>
    /// <param name="table">[V, F]</param>
    /// <param name="rows">The rows, each 0 … V − 1, repeated or not.</param>
    internal Span<float> GradientOfRows(Tensor table, ReadOnlySpan<int> rows)
    {
        if (!table.HasGradient)
        {
            GradientOf(table);
            if (table.Length == table.Storage.Values.Length)
            {
                table.Storage.GradientRows = new GradientRows(table.Shape[0], table.Shape[1]);
            }
        }

        return table.TouchGradientRows(rows);
    }

    /// <summary>Names the layer whose operations follow, until the returned value is disposed; used in messages about non-finite numbers.</summary>
    public Scope Enter(string layer)
    {
        _layers.Push(layer);
        return new Scope(this);
    }

    /// <summary>Remembers an operation.</summary>
    /// <param name="operation">Its name, for messages.</param>
    /// <param name="outputs">What it made; marked as needing a gradient when any input does.</param>
    /// <param name="inputs">What it read.</param>
    /// <param name="backward">Adds to the gradients of those inputs that need one, from the gradients of the outputs; not kept when nobody needs it.</param>
    /// <param name="forward">Works out the outputs once more, from what the inputs hold then; null for an operation that cannot.</param>
    /// <param name="findNonFinite">Looks for a number that is not finite in tensors that only the operation knows; its argument is true for gradients. Null when the outputs tell all.</param>
    public void Record(string operation, ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor?> inputs, Action backward, Action? forward = null, Func<bool, NonFiniteNumber?>? findNonFinite = null)
    {
        bool needsGradient = false;
        foreach (Tensor? input in inputs)
        {
            needsGradient |= input is { NeedsGradient: true };
        }

        needsGradient &= IsRecording;
        foreach (Tensor output in outputs)
        {
            output.NeedsGradient = needsGradient;
        }

        if (IsRecording)
        {
            string layer = string.Join('.', _layers.Reverse());
            _entries.Add(new Entry(operation, layer, outputs.ToArray(), needsGradient ? backward : null, forward, findNonFinite));
        }

        _profile?.Mark(operation);
    }

    /// <summary>Gradients of a single number with respect to everything that led to it, added to what the leaves' gradients hold.</summary>
    /// <param name="loss">A tensor of one element made on this tape.</param>
    /// <param name="weight">Factor on the gradients: the share of this loss in a sum of several.</param>
    /// <exception cref="ArgumentException">The tensor has more than one element.</exception>
    public void Backward(Tensor loss, float weight = 1)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (loss.Length != 1)
        {
            throw new ArgumentException($"a loss is a single number, found a tensor {loss}", nameof(loss));
        }

        GradientOf(loss)[0] += weight;
        Backward();
    }

    /// <summary>The backward pass when the gradients of the results are already in place (through <see cref="GradientOf(Tensor)"/>).</summary>
    /// <exception cref="InvalidOperationException">A second pass without <see cref="Reset"/>: operations reuse what the first one needed.</exception>
    public void Backward()
    {
        if (_isSpent)
        {
            throw new InvalidOperationException("this tape has been walked back already; Reset it, and run the operations again");
        }

        _isSpent = true;
        for (int at = _entries.Count - 1; at >= 0; at--)
        {
            Entry entry = _entries[at];
            if (entry.Backward is not null && Array.Exists(entry.Outputs, static output => output.HasGradient))
            {
                foreach (Tensor output in entry.Outputs)
                {
                    GradientOf(output);
                }

                entry.Backward();
                _profile?.Mark(entry.Operation, isBackward: true);
            }
        }
    }

    /// <summary>
    /// Runs all operations once more, from what their inputs hold now, in the same memory and without allocating: for a training step that differs from the one before only in its
    /// numbers.
    /// </summary>
    /// <param name="keepsWeights">True when no parameter has changed since they were run before.</param>
    /// <returns>False, and nothing has happened, when there is nothing recorded or an operation cannot be run again.</returns>
    public bool Replay(bool keepsWeights = false)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Forward is null)
            {
                return false;
            }
        }

        if (_entries.Count == 0)
        {
            return false;
        }

        _isSpent = false;
        Packed.Release(all: !keepsWeights);
        foreach (Storage storage in _owned)
        {
            storage.IsGradientZero = storage.Gradient is not null;
        }

        foreach (Entry entry in _entries)
        {
            entry.Forward!();
            _profile?.Mark(entry.Operation);
        }

        return true;
    }

    /// <summary>Forgets all operations and takes back the memory of every tensor made on this tape.</summary>
    /// <param name="keepsWeights">True when no parameter has changed since the reset before: their packed copies are then used again.</param>
    public void Reset(bool keepsWeights = false)
    {
        _isSpent = false;
        _entries.Clear();
        foreach (Storage storage in _owned)
        {
            storage.Gradient = null;
        }

        _owned.Clear();
        _memory.Reset();
        Packed.Release(all: !keepsWeights);
    }

    /// <summary>The first tensor, in the order of computation, that holds a number which is not finite; values first, then gradients in backward order.</summary>
    /// <returns>Where it is, or null when everything is finite.</returns>
    public NonFiniteNumber? FindNonFinite()
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Find(gradients: false) is { } value)
            {
                return value;
            }
        }

        for (int at = _entries.Count - 1; at >= 0; at--)
        {
            if (_entries[at].Find(gradients: true) is { } gradient)
            {
                return gradient;
            }
        }

        return null;
    }

    private readonly record struct Entry(string Operation, string Layer, Tensor[] Outputs, Action? Backward, Action? Forward, Func<bool, NonFiniteNumber?>? FindNonFinite)
    {
        public NonFiniteNumber? Find(bool gradients)
        {
            if (FindNonFinite?.Invoke(gradients) is { } inside)
            {
                return inside with { Layer = Layer };
            }

            foreach (Tensor output in Outputs)
            {
                ReadOnlySpan<float> numbers = !gradients ? output.Values : output.HasGradient ? output.Gradient : [];
                int index = NonFiniteNumber.Find(numbers);
                if (index >= 0)
                {
                    return new NonFiniteNumber(Layer, Operation, gradients, [.. output.Shape], index, numbers[index]);
                }
            }

            return null;
        }
    }

    private void TakeGradient(Tensor tensor)
    {
        if (!tensor.HasGradient)
        {
            // What outlives the tape, such as a parameter, keeps its gradient.
            int length = tensor.Storage.Values.Length;
            (tensor.Storage.Gradient, tensor.Storage.IsGradientZero) = (tensor.Storage.IsTemporary ? _memory.Take(length) : new PinnedBuffer(length), true);
        }
    }

    /// <summary>Ends the naming that <see cref="Enter"/> began.</summary>
    public sealed class Scope : IDisposable
    {
        private readonly Tape _tape;

        internal Scope(Tape tape) => _tape = tape;

        /// <summary>Ends the naming.</summary>
        public void Dispose() => _tape._layers.Pop();
    }
}
