using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Tests.Decoding;

public sealed class NGramModelTests
{
    private const string Arpa = "\\data\\\nngram 1=5\nngram 2=3\nngram 3=1\n\n\\1-grams:\n-99\t<s>\t-0.25\n-1\t</s>\n-0.5\ta\t-0.125\n-1\tb\t-0.5\n-2\t<unk>\n\n"
        + "\\2-grams:\n-0.25\t<s> a\t-0.0625\n-0.5\ta b\t-0.375\n-1\tb a\n\n\\3-grams:\n-0.125\t<s> a b\n\n\\end\\\n";

    [Theory]
    [InlineData("a", -0.25 - 0.0625 - 0.125 - 1)]
    [InlineData("a b", -0.25 - 0.125 - 0.375 - 0.5 - 1)]
    [InlineData("a b a", -0.25 - 0.125 - 0.375 - 1 - 0.125 - 1)]
    [InlineData("b", -0.25 - 1 - 0.5 - 1)]
    [InlineData("zebra", -0.25 - 2 - 1)]
    [InlineData("", -0.25 - 1)]
    public void Back_off_as_by_hand(string text, double log10)
    {
        NGramModel model = ArpaText.Read(Arpa, "test");
        Assert.Equal(log10 * Math.Log(10), model.ScoreText(LabelText.Split(text, TextUnit.Word).Select(model.IdOf)), 1e-5);
    }

    [Fact]
    public void Written_and_read_it_is_the_same()
    {
        NGramModel model = ArpaText.Read(Arpa, "test"), again = ArpaText.Read(ArpaText.Write(model), "test");
        Assert.Equal(9, again.Count);
        Assert.Equal(ArpaText.Write(model), ArpaText.Write(again));
        Assert.Equal(["a", "b"], again.Words);
        Assert.Equal(TextUnit.Character, ArpaText.Read("characters\n" + Arpa, "test").Unit);
    }

    [Theory]
    [InlineData("hello", "no line '\\data\\'")]
    [InlineData("\\data\\\nngram 2=1\n", "line 2 is 'ngram 2=1', expected 'ngram 1='")]
    [InlineData("\\data\\\nngram 1=1\n\\2-grams:\n", "expected '\\1-grams:'")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\nx a\n\\end\\", "line 4 is 'x a', expected log₁₀ p, 1 tokens")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\nNaN a\n\\end\\", "line 4 is 'NaN a'")]
    [InlineData("\\data\\\nngram 1=2\n\\1-grams:\n-1 a\n\\end\\", "has 1 n-grams of order 1, but says that there are 2")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n-1 a\n", "breaks off")]
    [InlineData("\\data\\\nngram 1=2\n\\1-grams:\n-1 a\n-1 a\n\\end\\", "'a' comes twice")]
    [InlineData("\\data\\\nngram 1=1\nngram 2=1\n\\1-grams:\n-1 a\n\\2-grams:\n-1 b a\n\\end\\", "comes before 'b'")]
    [InlineData("\\data\\\nngram 1=1\n\\1-grams:\n3 a\n\\end\\", "expected 1 … 1 tokens, ln p ≤ 0")]
    [InlineData("\\data\\\n", "n-grams of 0 orders")]
    public void A_broken_file_is_refused_with_its_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => ArpaText.Read(text, "test")).Message, StringComparison.Ordinal);
}
