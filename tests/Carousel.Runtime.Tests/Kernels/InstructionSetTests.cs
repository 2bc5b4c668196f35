using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Plans;
using Carousel.Runtime.Tests.Streams;

namespace Carousel.Runtime.Tests.Kernels;

/// <summary>
/// The same kernels in processes from which instruction sets were taken away. The child is this test assembly again, told by an environment variable which sets
/// must be gone; it checks that they are, runs the kernel tests, and prints a digest of results that must be equal in every process.
/// </summary>
public sealed class InstructionSetTests
{
    private const string ExpectedVariable = "CAROUSEL_TEST_EXPECTED_KERNELS";
    private const string WithoutByteProducts = "DOTNET_EnableAVXVNNI";
    private const string DigestLabel = "digest of the selected kernels: ";

    [Theory]
    [InlineData(WithoutByteProducts, "avx512")]
    [InlineData("DOTNET_EnableAVX512", "avx2")]
    [InlineData("DOTNET_EnableAVX2", "portable")]
    [InlineData("DOTNET_EnableHWIntrinsic", "scalar")]
    public void Kernels_without_an_instruction_set_pass_their_tests_and_give_the_same_bits(string setting, string best)
    {
        string[] order = ["avx512", "avx2", "portable", "scalar"];
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || Environment.GetEnvironmentVariable(ExpectedVariable) is not null)
        {
            Assert.Skip("the settings are those of x64, and a child starts no child");
        }

        (int exit, string output) = RunChild(new() { [setting] = "0", [ExpectedVariable] = string.Join(',', order[Array.IndexOf(order, best)..]) },
            best == "scalar" ? [typeof(InstructionSetTests)] : [typeof(InstructionSetTests), typeof(ProductTests), typeof(ElementwiseTests), typeof(LstmStepTests), typeof(AdamStepTests), typeof(PanelTests), typeof(PrecisionTests)]);
        Assert.True(exit == 0, output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);

        // Without fused multiply-add the portable set promises a tolerance only, which the kernel tests have just checked.
        if (best != "portable")
        {
            string digest = output[(output.IndexOf(DigestLabel, StringComparison.Ordinal) + DigestLabel.Length)..][..64];
            Assert.Equal(Digest(KernelCatalog.Selected), digest);
        }
    }

    [Theory]
    [InlineData("scalar", 0)]
    [InlineData("sclar", 1)]
    public void Variable_forces_a_set_and_refuses_an_unknown_name(string name, int expectedExit)
    {
        if (Environment.GetEnvironmentVariable(ExpectedVariable) is not null)
        {
            Assert.Skip("a child starts no child");
        }

        (int exit, string output) = RunChild(new() { [KernelCatalog.Variable] = name, [ExpectedVariable] = "selected:scalar" }, typeof(InstructionSetTests));
        Assert.True(exit == expectedExit, output);
        if (expectedExit != 0)
        {
            Assert.Contains("there are no kernels of this name", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Child_has_exactly_the_kernels_its_parent_left_it()
    {
        string? expected = Environment.GetEnvironmentVariable(ExpectedVariable);
        if (expected is null)
        {
            Assert.Skip("runs in the child processes of this class");
        }

        if (expected.StartsWith("selected:", StringComparison.Ordinal))
        {
            Assert.Equal(expected["selected:".Length..], KernelCatalog.Selected.Name);
            return;
        }

        Assert.Equal(expected.Split(','), KernelCatalog.Supported.Select(set => set.Name));
        Assert.Equal(expected.Contains("avx512", StringComparison.Ordinal), Lanes512.IsSupported);
        Assert.Equal(expected.Contains("avx2", StringComparison.Ordinal), Lanes256.IsSupported);
        Assert.False(AvxVnni.IsSupported && Environment.GetEnvironmentVariable(WithoutByteProducts) == "0");
        Console.WriteLine(DigestLabel + Digest(KernelCatalog.Selected));
    }

    // One hash over every kernel at sizes with tails, slabs and strips, and over a model of every cell in every precision.
    private static string Digest(KernelSet set)
    {
        const int Rows = 21, Columns = 77, Depth = 300, Hidden = 19;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] a = Sets.Values(Rows * Depth, 1), b = Sets.Values(Depth * Columns, 2), c = new float[Rows * Columns];
        set.Multiply(new Matrix(a, Rows, Depth), new Matrix(b, Depth, Columns), c, Columns, accumulate: false, Workers.Single);
        Add(c);
        float[] x = Sets.Values(1000, 3, scale: 20), y = new float[1000];
        set.Sigmoid(x, y);
        Add(y);
        set.Tanh(x, y);
        Add(y);
        set.Exp(x, y);
        Add(y);
        set.LogSoftmax(x, y);
        Add(y);
        float logSum = set.Softmax(x, y);
        Add(y);
        Add([set.Sum(x), set.Dot(x, y), logSum]);
        float[] gates = Sets.Values(8 * Hidden, 4, scale: 3), cell = Sets.Values(2 * Hidden, 5), squashed = new float[2 * Hidden], output = new float[2 * Hidden];
        set.LstmForward(2, Hidden, gates, cell, cell, squashed, output);
        float[] gateGradient = new float[8 * Hidden];
        set.LstmBackward(2, Hidden, gates, cell, squashed, output, cell, gateGradient);
        Add(output);
        Add(gateGradient);
        set.AdamStep(x, y, Sets.Values(1000, 6), [.. Sets.Values(1000, 7).Select(Math.Abs)], new AdamStep(0.01f, 0.9f, 0.999f, 1, 1e-8f, 0, 1));
        Add(x);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            using CompiledModel model = CompiledModel.Compile(RandomModels.File(RandomModels.EveryStep), new() { Kernel = set.Name, Precision = precision });
            float[] steps = new float[20 * RandomModels.Outputs];
            model.Run(Sets.Values(20 * RandomModels.Inputs, 8), steps);
            Add(steps);
        }

        return Convert.ToHexString(hash.GetHashAndReset());

        void Add(float[] values) => hash.AppendData(MemoryMarshal.AsBytes<float>(values));
    }

    // This assembly as a program that runs some of its tests.
    private static (int Exit, string Output) RunChild(Dictionary<string, string> environment, params ReadOnlySpan<Type> types)
    {
        string assembly = typeof(InstructionSetTests).Assembly.Location;
        var start = new ProcessStartInfo(Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (Type type in types)
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(type.FullName!);
        }

        start.ArgumentList.Add("-noColor");
        start.ArgumentList.Add("-showLiveOutput");
        foreach ((string key, string value) in environment)
        {
            start.Environment[key] = value;
        }

        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output + errors.Result);
    }
}
