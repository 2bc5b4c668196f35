using System.Text;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Inputs;

public sealed class TokenizerTests
{
    private static readonly WordTokenizer Words = new(["<eos>", "the", "<unk>", "cat"]);
    private static readonly CharacterTokenizer Characters = new(["e", "\n", "😀", " "]);

    // 256 bytes at 2 … 257; " t" 258, "he" 259, " the" 260, "ä" 261.
    private static readonly BytePairTokenizer Pieces = new(["<pad>", "<eos>"], [Byte(' '), Byte('t'), Byte('h'), Byte('e'), 258, 259, 2 + 0xC3, 2 + 0xA4], LeadingSpace: true);

    public static TheoryData<string> Texts { get; } =
    [
        "", " ", "  ", "the", " the  the ", "the\nthe\n\n the", "It's 'late' — isn’t it?  12 345,67", "Mädchen, Straße; ÀÉÎ e\u0301 ﬁ", "नमस्ते दुनिया", "こんにちは世界。", "مرحبا", "👩‍👩‍👧‍👦 🇩🇪 😀!",
        "\u0000\u0001\t\r\n\u00A0\u3000x", "<pad> <eos>", new string('a', 5000) + new string(' ', 5000) + "the",
    ];

    [Fact]
    public void Words_are_what_stands_between_white_space_and_a_line_feed_ends_a_line()
    {
        Assert.Equal([1, 3, 0, 2], Words.Encode("  the\tcat \ndog"));
        Assert.Empty(Words.Encode(""));
        Assert.Equal(0, Words.LineEnd);
        Assert.Equal("the cat\nthe <unk>\n", Words.Decode([1, 3, 0, 1, 2, 0]));
    }

    [Fact]
    public void Words_with_signs_split_and_letters_made_small()
    {
        var words = new WordTokenizer(["<eos>", "<unk>", "it", "'s", "late", ",", "(", ")", "."]) { SplitSigns = true, Lowercase = true };

        Assert.Equal([2, 3, 4, 5, 1, 6, 4, 7, 8, 0, 2], words.Encode("It's  LATE,so (late).\n it"));
        Assert.Equal("it's late, <unk> (late).\nit", words.Decode([2, 3, 4, 5, 1, 6, 4, 7, 8, 0, 2]).Replace("( ", "(", StringComparison.Ordinal));
        Assert.Equal(words, ModelJson.Shared.Read<Tokenizer>(ModelJson.Shared.Write<Tokenizer>(words), "tokenizer"));
        Assert.NotEqual(words, words with { Lowercase = false });
        Assert.Equal(new WordTokenizer(["a"]), ModelJson.Shared.Read<Tokenizer>("""{"type":"word","tokens":["a"]}""", "tokenizer"));
    }

    [Fact]
    public void A_text_that_spells_a_mark_does_not_make_one()
    {
        Assert.Equal([2, 2], Words.Encode("<eos> <unk>"));
        Assert.DoesNotContain(Pieces.Encode("<pad><eos>"), id => id < 2);
    }

    [Fact]
    public void Characters_are_code_points_and_one_without_a_token_is_named()
    {
        Assert.Equal([0, 2, 1, 3], Characters.Encode("e😀\n "));
        Assert.Equal("ee\n😀", Characters.Decode([0, 0, 1, 2]));
        Assert.Contains("'é' (U+00E9) has no token", Assert.Throws<UnknownTokenException>(() => Characters.Encode("eé")).Message, StringComparison.Ordinal);
        Assert.Equal([1, 0], new CharacterTokenizer(["<unk>", "e"]).Encode("eé"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Characters.Decode([4]));
    }

    [Fact]
    public void Byte_pairs_merge_earliest_first_and_fall_back_to_bytes()
    {
        Assert.Equal([260], Pieces.Encode("the"));
        Assert.Equal([260, Byte('o'), Byte('r'), Byte('e'), Byte('m')], Pieces.Encode("theorem"));
        Assert.Equal([Byte(' '), Byte('h'), 261, Byte('t')], Pieces.Encode("hät"));
        Assert.Equal("theorem", Pieces.Decode(Pieces.Encode("theorem")));
    }

    [Theory]
    [InlineData("It's 12.5 o'clock,  now\n\n ok", new[] { "It", "'s", " 12", ".", "5", " o", "'clock", ",", " ", " now", "\n", "\n", " ok" })]
    [InlineData("e\u0301té 'quoted' \t x ", new[] { "e\u0301té", " '", "quoted", "'", " \t", " x", " " })]
    public void Pieces_are_runs_of_one_kind(string text, string[] expected)
    {
        var pieces = new List<string>();
        foreach (ReadOnlySpan<char> piece in new TextPieces(text))
        {
            pieces.Add(piece.ToString());
        }

        Assert.Equal(expected, pieces);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Byte_pairs_decode_to_the_very_text(string text)
    {
        foreach (BytePairTokenizer tokenizer in new[] { Pieces, Pieces with { LeadingSpace = false }, Pieces with { Symbols = [], Merges = [] } })
        {
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            Assert.Equal(ids, tokenizer.Encode(text));
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Decoder_gives_whole_characters_as_soon_as_they_are_complete(string text)
    {
        BytePairTokenizer bytes = new([], [], LeadingSpace: false);
        var decoder = new TokenDecoder(bytes);
        var seen = new StringBuilder();
        int taken = 0;
        foreach (int id in bytes.Encode(text))
        {
            ReadOnlySpan<char> next = decoder.Next(id);
            taken++;
            Assert.True(next.IsEmpty || !char.IsHighSurrogate(next[^1]));
            seen.Append(next);
            if (!next.IsEmpty)
            {
                Assert.Equal(taken, Encoding.UTF8.GetByteCount(seen.ToString()));
            }
        }

        Assert.True(decoder.Finish().IsEmpty);
        Assert.Equal(text, seen.ToString());
    }

    [Fact]
    public void Decoder_replaces_what_is_no_character_and_begins_anew_after_its_end()
    {
        var decoder = new TokenDecoder(Pieces);
        Assert.Equal("", decoder.Next(2 + 0xC3).ToString());
        Assert.Equal("\uFFFD", decoder.Finish().ToString());
        Assert.Equal("the", decoder.Next(260).ToString());
        Assert.Equal(" the", decoder.Next(260).ToString());
        Assert.Equal("", decoder.Next(2 + 0xC3).ToString());
        Assert.Equal("\uFFFDa", decoder.Next(Byte('a')).ToString());
    }

    [Fact]
    public void Decoder_of_a_long_text_allocates_nothing()
    {
        var decoder = new TokenDecoder(Words);
        decoder.Next(1);
        long mark = Allocations.Mark();
        for (int i = 0; i < 10_000; i++)
        {
            decoder.Next(i & 3);
        }

        Assert.Equal(0, Allocations.Since(mark));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_read_as_the_replacement_character() => Assert.Equal("a\uFFFDb", Pieces.Decode(Pieces.Encode("a\uD83Db")));

    [Fact]
    public void Encode_from_several_threads_gives_the_same_ids()
    {
        string[] texts = [.. Enumerable.Range(0, 500).Select(i => $"the {i % 7} hät the{i}")];
        int[][] expected = [.. texts.Select((Pieces with { LeadingSpace = true }).Encode)];
        BytePairTokenizer shared = Pieces with { LeadingSpace = true };
        Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => Assert.Equal(expected[i], shared.Encode(texts[i])));
    }

    [Fact]
    public void Validate_names_empty_repeated_and_spaced_tokens()
    {
        Assert.Empty(Words.Validate());
        string problems = string.Join('\n', new WordTokenizer(["a", "", "a", "b c", "<pad>"]).Validate());
        Assert.Contains("token 1 is empty", problems, StringComparison.Ordinal);
        Assert.Contains("'a' twice, as token 0 and 2", problems, StringComparison.Ordinal);
        Assert.Contains("'b c', expected a word without spaces", problems, StringComparison.Ordinal);
        Assert.Contains("<pad> has id 4, expected 0", problems, StringComparison.Ordinal);
        Assert.Contains("'ab', expected one character", string.Join('\n', new CharacterTokenizer(["ab"]).Validate()), StringComparison.Ordinal);
        Assert.NotEmpty(new WordTokenizer([]).Validate());
    }

    [Fact]
    public void Validate_refuses_merges_of_what_is_not_there_yet_and_tokens_that_explode()
    {
        Assert.Empty(Pieces.Validate());
        foreach (int[] merges in new int[][] { [2, 3, 4], [258, 2], [0, 2], [-1, 2], [2, 3, 2, 3], [int.MaxValue, 2] })
        {
            Assert.Single((Pieces with { Merges = merges }).Validate());
        }

        // Each token twice as long as the one before: 2^40 bytes.
        Assert.Contains("a token of 256 bytes", (Pieces with { Merges = [2, 2, .. Enumerable.Range(258, 39).SelectMany(id => new[] { id, id })] }).Validate().Single(), StringComparison.Ordinal);
        Assert.Equal(2, (Pieces with { Symbols = ["<eos>", "<eos>", "<pad>"] }).Validate().Count(problem => problem.Contains("symbol", StringComparison.Ordinal)));
    }

    [Fact]
    public void Copy_with_other_tokens_forgets_the_ids_of_the_old()
    {
        Assert.Equal(1, Words.IdOf("the"));
        Assert.Equal(0, (Words with { Tokens = ["the", "<unk>"] }).IdOf("the"));
        Assert.Equal([260], Pieces.Encode("the"));
        Assert.Equal(4, (Pieces with { Merges = [] }).Encode("the").Length);
    }

    [Fact]
    public void Json_round_trip_keeps_kind_and_every_token()
    {
        foreach (Tokenizer tokenizer in new Tokenizer[] { Words, Characters, Pieces })
        {
            Assert.Equal(tokenizer, ModelJson.Shared.Read<Tokenizer>(ModelJson.Shared.Write(tokenizer), "test"));
        }

        Assert.NotEqual<Tokenizer>(Words, new CharacterTokenizer(Words.Tokens));
        Assert.Contains("expected one of byte_pair, character, word", Assert.Throws<ConfigException>(() => ModelJson.Shared.Read<Tokenizer>("{\"type\":\"bite\"}", "test")).Message, StringComparison.Ordinal);
    }

    private static int Byte(char value) => 2 + value;
}
