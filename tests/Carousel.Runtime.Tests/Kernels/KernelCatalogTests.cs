using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class KernelCatalogTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Choose_without_a_name_takes_the_best_supported_set(string? forced) => Assert.Same(KernelCatalog.Supported[0], KernelCatalog.Choose(forced));

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Choose_with_a_supported_name_takes_that_set(string name) => Assert.Equal(name, KernelCatalog.Choose(name).Name);

    [Theory]
    [InlineData("avx1024")]
    [InlineData("AVX2")]
    [InlineData(" ")]
    public void Choose_with_an_unknown_name_lists_the_valid_ones(string forced)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => KernelCatalog.Choose(forced));
        Assert.Contains($"'{forced}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(KernelCatalog.Variable, error.Message, StringComparison.Ordinal);
        Assert.All(KernelCatalog.Supported, set => Assert.Contains(set.Name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Choose_with_a_set_this_machine_lacks_says_what_is_missing()
    {
        foreach (KernelChoice choice in KernelCatalog.Explain(null).Sets.Where(choice => !choice.IsSupported))
        {
            PlatformNotSupportedException error = Assert.Throws<PlatformNotSupportedException>(() => KernelCatalog.Choose(choice.Name));
            Assert.Contains(choice.Reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Explain_names_every_set_once_with_a_reason_and_the_selected_one()
    {
        KernelExplanation explanation = KernelCatalog.Explain("scalar");
        Assert.Equal(["avx512", "avx2", "portable", "scalar"], explanation.Sets.Select(set => set.Name));
        Assert.Equal([512, 256, 128, 32], explanation.Sets.Select(set => set.VectorBits));
        Assert.All(explanation.Sets, set => Assert.NotEmpty(set.Reason));
        Assert.Equal("scalar", explanation.Selected);
        Assert.Equal("scalar", Assert.Single(explanation.Sets, set => set.IsSelected).Name);
        Assert.Contains(KernelCatalog.Variable, explanation.Because, StringComparison.Ordinal);
        Assert.Equal(KernelCatalog.Supported.Select(set => set.Name), explanation.Sets.Where(set => set.IsSupported).Select(set => set.Name));
        Assert.NotEmpty(explanation.InstructionSets);
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void RunPeak_counts_the_operations_of_its_rounds(string name)
    {
        long one = Sets.ByName(name).RunPeak(1);
        Assert.True(one > 0);
        Assert.Equal(1000 * one, Sets.ByName(name).RunPeak(1000));
    }
}
