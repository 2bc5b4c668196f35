using System.Runtime.InteropServices;
using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Tests.Kernels;

/// <summary>Every operand ends where its page ends and the next page may not be touched: a load or store past the last element ends the process.</summary>
public sealed unsafe partial class GuardedMemoryTests
{
    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Elementwise_kernels_touch_nothing_behind_their_operands(string name)
    {
        SkipUnlessLinux();
        KernelSet set = Sets.ByName(name);
        using var x = new Guarded(4096);
        using var y = new Guarded(4096);
        using var m = new Guarded(4096);
        using var v = new Guarded(4096);
        for (int length = 1; length <= 70; length++)
        {
            Span<float> from = x.Last(length), to = y.Last(length);
            set.Sigmoid(from, to);
            set.Tanh(from, to);
            set.Exp(from, to);
            set.Softmax(from, to);
            Assert.Equal(length * (1f / length), set.Dot(to, from) + set.Sum(to), 4);
            set.LogSoftmax(from, to);
            set.AddColumnSums(from, 1, length, to);
            set.AdamStep(from, to, m.Last(length), v.Last(length), new AdamStep(0, 0.9f, 0.9f, 1, 1e-8f, 0, 1));
            from.Clear();
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void LstmStep_touches_nothing_behind_its_operands(string name)
    {
        SkipUnlessLinux();
        KernelSet set = Sets.ByName(name);
        Guarded[] states = [.. Enumerable.Range(0, 6).Select(_ => new Guarded(4096))];
        for (int hidden = 1; hidden <= 40; hidden++)
        {
            set.LstmForward(1, hidden, states[0].Last(4 * hidden), states[1].Last(hidden), states[2].Last(hidden), states[3].Last(hidden), states[4].Last(hidden));
            set.LstmBackward(1, hidden, states[0].Last(4 * hidden), states[1].Last(hidden), states[3].Last(hidden), states[4].Last(hidden), states[2].Last(hidden), states[5].Last(4 * hidden));
            Assert.Equal(0.5f, states[0].Last(1)[0]);
            Array.ForEach(states, state => state.Last(4 * hidden).Clear());
        }

        Array.ForEach(states, state => state.Dispose());
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_touches_nothing_behind_its_operands(string name)
    {
        SkipUnlessLinux();
        KernelSet set = Sets.ByName(name);
        using var left = new Guarded(65536);
        using var right = new Guarded(65536);
        using var result = new Guarded(65536);
        foreach (int rows in (int[])[1, 3, 7, 12, 13])
        {
            foreach (int columns in (int[])[1, 5, 16, 17, 33, 40])
            {
                foreach (int depth in (int[])[1, 3, 4, 30])
                {
                    for (int form = 0; form < 4; form++)
                    {
                        Matrix a = (form & 1) == 0 ? new Matrix(left.Last(rows * depth), rows, depth) : new Matrix(left.Last(rows * depth), depth, rows).Transposed;
                        Matrix b = (form & 2) == 0 ? new Matrix(right.Last(depth * columns), depth, columns) : new Matrix(right.Last(depth * columns), columns, depth).Transposed;
                        left.Last(rows * depth).Fill(1);
                        right.Last(depth * columns).Fill(1);
                        Span<float> c = result.Last(rows * columns);
                        set.Multiply(a, b, c, columns, accumulate: false, Workers.Single);
                        set.Multiply(a, set.Pack(b), c, columns, accumulate: true, Workers.Single);
                        Assert.Equal(2 * depth, c[^1]);
                    }
                }
            }
        }
    }

    private static void SkipUnlessLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("guard pages are set up with Linux calls");
        }
    }

    private sealed partial class Guarded : IDisposable
    {
        private const nuint Page = 4096;

        private readonly nuint _bytes;
        private readonly byte* _start;

        public Guarded(nuint bytes)
        {
            const int ReadWrite = 3, PrivateAnonymous = 0x22, None = 0;
            _bytes = bytes;
            _start = (byte*)Map(null, bytes + Page, ReadWrite, PrivateAnonymous, -1, 0);
            Assert.NotEqual(-1, (nint)_start);
            Assert.Equal(0, Protect(_start + bytes, Page, None));
        }

        public Span<float> Last(int count) => new((float*)(_start + _bytes) - count, count);

        public void Dispose() => Assert.Equal(0, Unmap(_start, _bytes + Page));

        [LibraryImport("libc", EntryPoint = "mmap")]
        private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

        [LibraryImport("libc", EntryPoint = "mprotect")]
        private static partial int Protect(void* address, nuint length, int protection);

        [LibraryImport("libc", EntryPoint = "munmap")]
        private static partial int Unmap(void* address, nuint length);
    }
}
