using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit.Tests;

/// <summary>The emitted AMX code, run by <see cref="TileInterpreter"/>: on every machine with AVX512-BF16, which rounds the operands. Where there is AMX, also on the processor.</summary>
public sealed class TilePairProductTests : PairProductTests
{
    [Fact]
    public void Multiply_runs_the_emitted_code()
    {
        (BrainFloatProduct? product, string reason) = Create();
        Assert.SkipWhen(product is null, reason);
        var mixed = new MixedKernels(new ScalarKernels(), product, "");
        mixed.Multiply(new Matrix(new float[70 * 100], 70, 100), new Matrix(new float[100 * 40], 100, 40), new float[70 * 40], 40, false, Workers.Single);

        // Five tiles of rows, two strips of two tiles, four tiles along k.
        Assert.Equal(5 * 4 * 4, ((Interpreted)product).TileProducts);
    }

    [Fact]
    public void Self_check_passes_and_finds_a_wrong_number()
    {
        (BrainFloatProduct? product, string reason) = Create();
        Assert.SkipWhen(product is null, reason);
        Assert.True(PairSelfCheck.Passes(product));
        Assert.False(PairSelfCheck.Passes(new Interpreted(isWrong: true)));
    }

    [Fact]
    public void Candidate_on_this_machine_has_passed_its_self_check_or_says_what_is_missing()
    {
        ProductCandidate candidate = JitKernels.TileCandidate(state: null, dump: null);
        Assert.NotEmpty(candidate.Reason);
        Assert.SkipUnless(candidate.IsSupported, candidate.Reason);
        Assert.True(candidate.Create().RunPeak(10) > 0);
    }

    [Fact]
    public void Candidate_turned_off_says_by_what() => Assert.Contains($"{JitKernels.Variable}=0", JitKernels.TileCandidate("0", null).Reason, StringComparison.Ordinal);

    private protected override (BrainFloatProduct? Product, string Reason) Create()
    {
        ProductCandidate packing = JitKernels.PairCandidate(state: null, dump: null, evenIfSlow: true);
        return (packing.IsSupported ? new Interpreted() : null, packing.Reason);
    }

    private sealed unsafe class Interpreted(bool isWrong = false) : TilePairProduct(dump: null)
    {
        private readonly ThreadLocal<TileInterpreter> _interpreters = new(() => new TileInterpreter(TileEmitter.EmitBlock()), trackAllValues: true);

        public long TileProducts => _interpreters.Values.Sum(interpreter => interpreter.Products);

        protected override void Run(TileBlockCall* call)
        {
            TileInterpreter interpreter = _interpreters.Value!;
            long rows = call->RowTiles * TileEmitter.Side, strip = Width * sizeof(float);
            interpreter.Forget();
            interpreter.Show(call, sizeof(TileBlockCall));
            interpreter.Show(call->A, rows * call->RowStride);
            interpreter.Show(call->B, call->Steps * TileEmitter.Side * strip);
            interpreter.Show(call->Sums, rows * strip);
            interpreter.Call(call);
            call->Sums[0] += isWrong ? 0.01f : 0;
        }
    }
}
