using Carousel.Cli.Benchmarks;
using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Tests.Benchmarks;

public sealed class KernelBenchmarkTests
{
    [Fact]
    public void Measure_of_a_known_duration_gives_consistent_figures()
    {
        // 10⁶ operations and 10⁵ bytes in at least two milliseconds.
        var kernel = new KernelCase("nap", "1", 1e6, 1e5, IsShared: true, _ => Thread.Sleep(2));
        using var workers = new Workers(2);
        KernelRow row = KernelBenchmark.Measure(KernelCatalog.Selected, kernel, workers);
        Assert.Equal((KernelCatalog.Selected.Name, "nap", "1", 2), (row.Set, row.Kernel, row.Shape, row.Threads));
        Assert.True(row.Us >= 2000, $"{row.Us} µs for a nap of 2 ms");
        Assert.Equal(1e6 / row.Us / 1e3, row.Gops, 1e-9);
        Assert.Equal(1e5 / row.Us / 1e3, row.GigabytesPerSecond, 1e-9);
        Assert.True(row.PeakGops > 0 && double.IsFinite(row.PeakGops), $"peak {row.PeakGops}");
        Assert.True(row.Fraction > 0 && double.IsFinite(row.Fraction), $"fraction {row.Fraction}");
    }

    [Fact]
    public void Cases_name_every_kernel_and_the_shapes_the_project_is_held_to()
    {
        KernelCase[] cases = [.. KernelCase.Of(new ScalarKernels())];
        string[] products = [.. cases.Where(kernel => kernel.Kernel == "multiply").Select(kernel => kernel.Shape)];
        Assert.Equal(["640x10000x200", "256x4096x2048", "1024x2048x2048"], products);
        Assert.Contains(cases, kernel => kernel is { Kernel: "multiply packed", Shape: "20x800x400" });
        foreach (string name in (string[])["exp", "sigmoid", "tanh", "sum", "dot", "softmax", "column sums", "adam", "lstm forward", "lstm backward", "multiply transpose", "multiply by transpose"])
        {
            Assert.Contains(cases, kernel => kernel.Kernel == name);
        }
    }

    [Fact]
    public void Every_short_case_runs()
    {
        foreach (KernelCase kernel in KernelCase.Of(KernelCatalog.Selected).Where(kernel => kernel.Operations < 1e8))
        {
            kernel.Call(Workers.Single);
        }
    }

    [Fact]
    public void Run_cancelled_before_the_start_measures_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => KernelBenchmark.Run([KernelCatalog.Selected], [1], progress: null, cancellation.Token));
    }
}
