using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Inputs;

public sealed class VocabularyTests
{
    private static readonly Vocabulary Words = new(TextUnit.Word, ["<eos>", "the", "<unk>", "cat"]);
    private static readonly Vocabulary Characters = new(TextUnit.Character, ["e", "\n", "😀"]);

    [Fact]
    public void Split_words_takes_any_white_space_and_characters_keep_it()
    {
        Assert.Equal(["the", "cat"], Vocabulary.Split("  the\tcat ", TextUnit.Word));
        Assert.Equal(["e", " ", "😀"], Vocabulary.Split("e 😀", TextUnit.Character));
        Assert.Empty(Vocabulary.Split("", TextUnit.Word));
    }

    [Fact]
    public void IdOf_unknown_token_is_that_of_unk_or_minus_one()
    {
        Assert.Equal(3, Words.IdOf("cat"));
        Assert.Equal(2, Words.IdOf("dog"));
        Assert.Equal(-1, Characters.IdOf("x"));
    }

    [Fact]
    public void Decode_puts_spaces_between_words_only_and_ends_lines()
    {
        Assert.Equal("the cat\nthe <unk>\n", Words.Decode([1, 3, 0, 1, 2, 0]));
        Assert.Equal("ee\n😀", Characters.Decode([0, 0, 1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Words.Decode([4]));
    }

    [Fact]
    public void Validate_names_every_problem()
    {
        Assert.Empty(Words.Validate());
        string problems = string.Join('\n', new Vocabulary(TextUnit.Word, ["a", "", "a", "b c"]).Validate());
        Assert.Contains("token 1 is empty", problems, StringComparison.Ordinal);
        Assert.Contains("'a' twice, as token 0 and 2", problems, StringComparison.Ordinal);
        Assert.Contains("'b c', expected a word without spaces", problems, StringComparison.Ordinal);
        Assert.NotEmpty(new Vocabulary(TextUnit.Word, []).Validate());
    }

    [Fact]
    public void Copy_with_other_tokens_forgets_the_ids_of_the_old()
    {
        Assert.Equal(1, Words.IdOf("the"));
        Assert.Equal(0, (Words with { Tokens = ["the", "<unk>"] }).IdOf("the"));
    }

    [Fact]
    public void Json_round_trip_keeps_every_token()
    {
        var read = ModelJson.Shared.Read<Vocabulary>(ModelJson.Shared.Write(Characters), "test");
        Assert.Equal(Characters, read);
        Assert.NotEqual(Words, read);
    }
}
