using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Kernels;

/// <summary>The kernel sets of this build, best first, and the one this process uses.</summary>
public static class KernelCatalog
{
    /// <summary>The environment variable that forces a set by name; an unknown or unsupported name is an error.</summary>
    public const string Variable = "CAROUSEL_KERNELS";

    // Best first. A wider vector wins although some processors lower their clock for it: products are bound by arithmetic, and twice the width is worth more.
    private static readonly List<KernelCandidate> Candidates =
    [
        new("avx512", 512, Lanes512.IsSupported,
            "AVX-512 F: sixteen numbers per instruction, and registers for product tiles of 12 × 32",
            "needs AVX-512 F, which this processor or DOTNET_EnableAVX512 does not offer",
            () => new VectorKernels<Lanes512, Twice<Lanes512>, Lanes512>("avx512", tallestTile: 12, new VectorStepKernels<Lanes512, Twice<Twice<Lanes512>>>(tallestTile: 6))),
        new("avx2", 256, Lanes256.IsSupported,
            "AVX2 with FMA: eight numbers per instruction, product tiles of 6 × 16",
            "needs AVX2 and FMA, which this processor or DOTNET_EnableAVX2 does not offer",
            () => new VectorKernels<Lanes256, Lanes256, Lanes256>("avx2", tallestTile: 6, new VectorStepKernels<Lanes256, Lanes256>(tallestTile: 6))),
        new("portable", 128, Lanes128.IsSupported,
            Lanes128.IsFused ? "128-bit vectors with fused multiply-add" : "128-bit vectors; no fused multiply-add, so results agree with the other sets within a tolerance, not bit for bit",
            "needs 128-bit vectors, which this processor or DOTNET_EnableHWIntrinsic does not offer",
            () => new VectorKernels<Lanes128, Lanes128, Lanes128>("portable", tallestTile: 2, new VectorStepKernels<Lanes128, Lanes128>(tallestTile: 2))),
        new("scalar", 32, true, "one number at a time: the reference, for tests and for machines without vectors", "", () => new ScalarKernels()),
    ];

    // Products in bfloat16, best first: of other assemblies all of them, because .NET has no instructions for it.
    private static readonly List<(string Name, Lazy<ProductCandidate> Candidate)> Products = [];

    private static readonly Lazy<KernelCandidate[]> Usable = new(() =>
    {
        lock (Candidates)
        {
            return [.. Candidates.Where(candidate => candidate.IsSupported)];
        }
    });

    private static readonly Lazy<KernelSet[]> Created = new(() => [.. Usable.Value.Select(candidate => candidate.Set)]);

    // Not a static field initialised by Choose: a wrong variable must surface as its own error, not as one of type initialisation.
    private static readonly Lazy<KernelSet> Chosen = new(() => Choose(Environment.GetEnvironmentVariable(Variable)), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Every set this machine can run, best first.</summary>
    public static IReadOnlyList<KernelSet> Supported => Created.Value;

    /// <summary>The set this process uses: the best one, or the one that <see cref="Variable"/> names.</summary>
    /// <exception cref="ArgumentException"><see cref="Variable"/> holds a name that no set has.</exception>
    /// <exception cref="PlatformNotSupportedException"><see cref="Variable"/> names a set that this machine cannot run.</exception>
    public static KernelSet Selected => Chosen.Value;

    /// <summary>What there is, what was taken and why: the content of <c>carousel explain</c>.</summary>
    /// <exception cref="ArgumentException">As <see cref="Selected"/>.</exception>
    /// <exception cref="PlatformNotSupportedException">As <see cref="Selected"/>.</exception>
    public static KernelExplanation Explain() => Explain(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Adds a set of another assembly as the best one. Asked to add a name it has, it does nothing.</summary>
    /// <exception cref="InvalidOperationException">The catalog has already been asked for its sets.</exception>
    internal static void Register(KernelCandidate candidate)
    {
        lock (Candidates)
        {
            if (Candidates.Any(known => known.Name == candidate.Name))
            {
                return;
            }

            if (Usable.IsValueCreated)
            {
                throw new InvalidOperationException($"kernels '{candidate.Name}' come too late: this process already uses {Usable.Value[0].Name}; register them when it starts");
            }

            Candidates.Insert(0, candidate);
        }
    }

    /// <summary>Adds products in bfloat16 of another assembly, as the best ones. Asked to add a name it has, it does nothing.</summary>
    /// <param name="name">The name under which they are reported.</param>
    /// <param name="candidate">Finds out whether this machine can run them; called when somebody first wants such products.</param>
    internal static void Register(string name, Func<ProductCandidate> candidate)
    {
        lock (Products)
        {
            if (!Products.Any(known => known.Name == name))
            {
                Products.Insert(0, (name, new Lazy<ProductCandidate>(candidate)));
            }
        }
    }

    /// <summary>A set with the best products in bfloat16 that this machine can run and whose registers are no wider than the set's.</summary>
    internal static MixedKernels Mix(KernelSet set)
    {
        lock (Products)
        {
            return BestFor(set.Name) is { } best
                ? new MixedKernels(set, best.Create(), best.Merit)
                : new MixedKernels(set, product: null, Products.Count == 0
                    ? "no products in bf16 are registered"
                    : string.Join("; ", Products.Select(known => $"{known.Name}: {(known.Candidate.Value is { IsSupported: true } candidate ? $"needs kernels of {candidate.VectorBits} bits, not {set.Name}" : known.Candidate.Value.Missing)}")));
        }
    }

    internal static KernelExplanation Explain(string? forced)
    {
        string selected = Choose(forced).Name;
        return new KernelExplanation(
            selected,
            string.IsNullOrEmpty(forced) ? "the best set this machine supports" : $"forced by {Variable}",
            [.. Candidates.Select(candidate => new KernelChoice(candidate.Name, candidate.VectorBits, candidate.IsSupported, candidate.Name == selected, candidate.Reason))],
            ExplainMixed(selected),
            InstructionSets());
    }

    private static KernelChoice[] ExplainMixed(string selected)
    {
        lock (Products)
        {
            ProductCandidate? best = BestFor(selected);
            return
            [
                .. Products.Select(known => known.Candidate.Value).Select(candidate => new KernelChoice(candidate.Name, candidate.VectorBits, candidate.IsSupported, candidate == best, candidate.Reason)),
                new KernelChoice(RoundedProduct.ProductName, Bits(selected), true, best is null, "float32 products of operands rounded to bfloat16: for machines without instructions for it"),
            ];
        }
    }

    private static ProductCandidate? BestFor(string set) =>
        Products.Select(known => known.Candidate.Value).FirstOrDefault(candidate => candidate.IsSupported && candidate.VectorBits <= Bits(set));

    private static int Bits(string set) => Candidates.Find(candidate => candidate.Name == set)?.VectorBits ?? 0;

    internal static KernelSet Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
        {
            return Usable.Value[0].Set;
        }

        string supported = string.Join(", ", Supported.Select(set => set.Name));
        KernelCandidate? candidate = Candidates.FirstOrDefault(candidate => candidate.Name == forced)
            ?? throw new ArgumentException($"{Variable}='{forced}': there are no kernels of this name; this machine supports: {supported}");
        return candidate.IsSupported
            ? candidate.Set
            : throw new PlatformNotSupportedException($"{Variable}='{forced}': {candidate.Missing}; this machine supports: {supported}");
    }

    private static InstructionSet[] InstructionSets() =>
    [
        new("AVX-512 F", Avx512F.IsSupported, "float32 kernels, 512-bit"),
        new("AVX2", Avx2.IsSupported, "float32 kernels, 256-bit"),
        new("FMA", Fma.IsSupported, "one rounding per multiply-add: the same bits from every set"),
        new("AVX-VNNI", AvxVnni.IsSupported, "int8 and int4 products, 256-bit; pairs of 16-bit numbers without it"),
        new("SSE4.2", Sse42.IsSupported, "float32 kernels, 128-bit, on x86"),
        new("AdvSimd", AdvSimd.IsSupported, "float32 kernels, 128-bit, on Arm"),
    ];
}
