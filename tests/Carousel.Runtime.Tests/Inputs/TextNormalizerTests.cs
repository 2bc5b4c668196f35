using System.Security.Cryptography;
using System.Text;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Unicode;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Inputs;

public sealed class TextNormalizerTests
{
    [Theory]
    [InlineData("plain", "plain", "plain")]
    [InlineData("e\u0301 A\u030A \u212B", "é Å Å", "é Å Å")]
    [InlineData("\uFB01 \u2460 \uFF21 x\u00B2", "\uFB01 \u2460 \uFF21 x\u00B2", "fi 1 A x2")]
    [InlineData("a\u0323\u0302 a\u0302\u0323", "\u1EAD \u1EAD", "\u1EAD \u1EAD")]
    [InlineData("\u1112\u1161\u11AB\u1100\u116E\u11A8", "한국", "한국")]
    [InlineData("\u0301e", "\u0301e", "\u0301e")]
    public void Apply_gives_the_form(string text, string nfc, string nfkc)
    {
        Assert.Equal(nfc, TextNormalizer.Apply(text, Normalization.Nfc));
        Assert.Equal(nfkc, TextNormalizer.Apply(text, Normalization.Nfkc));
        Assert.Same(text, TextNormalizer.Apply(text, Normalization.None));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character() => Assert.Equal("😀\uFFFDx", TextNormalizer.Apply("😀\uD800x", Normalization.Nfc));

    // Python 3.11, unicodedata 14.0.0: sha256 of "".join(normalize(form, chr(c)) for c in range(0x110000) but surrogates), in UTF-8.
    [Theory]
    [InlineData(Normalization.Nfc, "1ffc8e6ce9e83df8e49fd62d6abb68f981775aed0b5101b88c213d4653e9b540")]
    [InlineData(Normalization.Nfkc, "b7076698778b0a8775dc1558cadc93805a5282625989d35b9edaa1dd1f91e2bc")]
    public void Every_character_is_normalised_as_python_does(Normalization form, string expected) =>
        Assert.Equal(expected, Hash(Enumerable.Range(0, 0x110000).Where(code => code is < 0xD800 or > 0xDFFF).Select(code => TextNormalizer.Apply(char.ConvertFromUtf32(code), form))));

    // The same, for letters with two marks in both orders.
    [Theory]
    [InlineData(Normalization.Nfc, "ec1006cd8e7f36dc47f6d80d68c09a900e1a8ada95ee625c2b3dd360ea323808")]
    [InlineData(Normalization.Nfkc, "d46439c042b65b1c1356852669254b783a9a468ca191011c9958f333386d6e24")]
    public void Letters_with_marks_are_normalised_as_python_does(Normalization form, string expected)
    {
        int[] others = [0x301, 0x323, 0x327, 0x3099, 0x11A8];
        Assert.Equal(expected, Hash("aeoucnsAEOßкиあはがﾊﾞ가각각한".EnumerateRunes().SelectMany(letter => Enumerable.Range(0x300, 0x70).SelectMany(mark => others.SelectMany(other =>
            new[] { $"{letter}{(char)mark}{(char)other}", $"{letter}{(char)other}{(char)mark}" }))).Select(text => TextNormalizer.Apply(text, form))));
    }

    [Fact]
    public void Tokenizer_reads_every_spelling_of_a_character_alike_and_keeps_its_form_in_the_file()
    {
        Tokenizer tokenizer = new CharacterTokenizer(["é", "1"]) { Normalization = Normalization.Nfkc };
        Assert.Equal([0, 1, 0], tokenizer.Encode("e\u0301\u2460é"));
        Tokenizer read = ModelJson.Shared.Read<Tokenizer>(ModelJson.Shared.Write(tokenizer), "test");
        Assert.Equal(tokenizer, read);
        Assert.Equal([0, 1, 0], read.Encode("e\u0301\u2460é"));
        Assert.NotEqual(tokenizer, tokenizer with { Normalization = Normalization.Nfc });
        Assert.Single((tokenizer with { Normalization = (Normalization)7 }).Validate());

        // A file without the key is one from before there was normalisation.
        Assert.Equal(Normalization.None, ModelJson.Shared.Read<Tokenizer>("""{"type":"word","tokens":["a"]}""", "test").Normalization);
    }

    private static string Hash(IEnumerable<string> texts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(texts))));
}
