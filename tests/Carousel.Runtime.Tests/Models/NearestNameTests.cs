using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["load", "heat", "learning_rate", "epochs", "ot"];

    [Theory]
    [InlineData("laod", "load")]
    [InlineData("Load", "load")]
    [InlineData("hat", "heat")]
    [InlineData("epoch", "epochs")]
    [InlineData("learnign_rat", "learning_rate")]
    [InlineData("learning-rate", "learning_rate")]
    [InlineData("to", "ot")]
    [InlineData("OT", "ot")]
    public void Find_slip_of_the_fingers_gives_the_name_meant(string written, string meant) => Assert.Equal(meant, NearestName.Find(written, Names));

    [Theory]
    [InlineData("pressure")]
    [InlineData("dola")]
    [InlineData("learning")]
    public void Find_something_else_gives_nothing(string written) => Assert.Null(NearestName.Find(written, Names));

    [Fact]
    public void Find_of_a_very_long_name_gives_nothing() => Assert.Null(NearestName.Find(new string('a', 1000), [new string('a', 999)]));

    [Fact]
    public void Hint_is_the_end_of_a_sentence_or_nothing()
    {
        Assert.Equal(" (did you mean 'load'?)", NearestName.Hint("laod", Names));
        Assert.Equal("", NearestName.Hint("pressure", Names));
    }
}
