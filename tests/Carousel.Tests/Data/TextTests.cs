using System.Text;
using Carousel.Data;
using Carousel.Runtime.Inputs;

namespace Carousel.Tests.Data;

public sealed class TextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a b\nc\n", new[] { "a b", "c" })]
    [InlineData("a b\r\nc", new[] { "a b", "c" })]
    [InlineData("\uFEFFä\n\n", new[] { "ä", "" })]
    public void Read_lines_have_no_ends(string text, string[] lines) => Assert.Equal(lines, TextFile.Parse(Encoding.UTF8.GetBytes(text), "t").Lines);

    [Fact]
    public void Read_wrong_files_are_named()
    {
        Assert.Contains("no such file", Problem(() => TextFile.Read(Path.Combine(_folder, "none.txt"))), StringComparison.Ordinal);
        Assert.Contains("t.txt: is empty", Problem(() => TextFile.Read(Write("t.txt", ""))), StringComparison.Ordinal);
        byte[] bytes = [.. "one\ntwo "u8, 0xC3, 0x28];
        Assert.Contains("t, line 2: byte 8 is 0xC3", Problem(() => TextFile.Parse(bytes, "t")), StringComparison.Ordinal);
    }

    [Fact]
    public void Vocabulary_of_words_may_split_signs_and_make_letters_small()
    {
        var config = new TextConfig { SplitSigns = true, Lowercase = true };
        Tokenizer tokenizer = TokenizerFit.Of(config, [.. Tokenizer.SpecialSymbols], new TextFile("t", ["A dog, a cat.", "Dogs."]));

        Assert.Equal(["<pad>", "<unk>", "<bos>", "<eos>", ".", "a", ",", "cat", "dog", "dogs"], Assert.IsType<WordTokenizer>(tokenizer).Tokens);
        Assert.Equal([5, 7, 4], tokenizer.Encode("a CAT."));
        Assert.Contains("expected false for both", Assert.Single((config with { Unit = TextUnit.Character }).Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Vocabulary_of_words_is_by_frequency_with_unk_and_eos()
    {
        var text = new TextFile("t", ["b a a", "a c b"]);
        Assert.Equal(["a", "<eos>", "b", "c", "<unk>"], Tokens(text, new TextConfig()));
        Assert.Equal(["<pad>", "<unk>", "<bos>", "<eos>", "a", "b", "c"], Tokens(text, new TextConfig(), [.. Tokenizer.SpecialSymbols]));

        // The rare c counts as <unk>.
        Tokenizer common = TokenizerFit.Of(new TextConfig { MinimumCount = 2 }, [], text);
        Assert.Equal(["a", "<eos>", "b", "<unk>"], Assert.IsType<WordTokenizer>(common).Tokens);
        Assert.Equal([2, 0, 0, 1, 0, 3, 2, 1], TextCorpus.Encode(text, common));
    }

    [Fact]
    public void Vocabulary_of_characters_has_unk_only_when_one_is_left_out()
    {
        var text = new TextFile("t", ["abab", "c"]);
        Assert.Equal(["\n", "a", "b", "c"], Tokens(text, new TextConfig { Unit = TextUnit.Character }));
        Assert.Equal(["\n", "a", "b", "<unk>"], Tokens(text, new TextConfig { Unit = TextUnit.Character, MinimumCount = 2 }));
    }

    [Theory]
    [InlineData(TextUnit.Word)]
    [InlineData(TextUnit.Character)]
    [InlineData(TextUnit.Subword)]
    public void Fit_looks_at_the_normalised_text(TextUnit unit)
    {
        var text = new TextFile("t", ["cafe\u0301 caf\u00E9", "e\u0301"]);
        Tokenizer tokenizer = TokenizerFit.Of(new TextConfig { Unit = unit, Normalization = Normalization.Nfc, Subwords = 270 }, [], text);
        Assert.Equal(Normalization.Nfc, tokenizer.Normalization);
        Assert.Equal(tokenizer.Encode("caf\u00E9"), tokenizer.Encode("cafe\u0301"));
        Assert.Equal("caf\u00E9", tokenizer.Decode(tokenizer.Encode("cafe\u0301")));
    }

    [Fact]
    public void Vocabulary_takes_no_mark_from_the_text()
    {
        var text = new TextFile("t", ["<pad> a <eos> <pad>"]);
        Assert.Equal(["<unk>", "<eos>", "a"], Tokens(text, new TextConfig()));
    }

    [Fact]
    public void Encode_character_without_a_token_names_the_line_in_the_file()
    {
        Tokenizer tokenizer = TokenizerFit.Of(new TextConfig { Unit = TextUnit.Character }, [], new TextFile("t", ["ab"]));
        Assert.Contains("t, line 12: 'é' (U+00E9)", Problem(() => TextCorpus.Encode(new TextFile("t", ["ab", "aé"], FirstLine: 11), tokenizer)), StringComparison.Ordinal);
    }

    [Fact]
    public void Corpus_folder_needs_exactly_one_file_for_each_part()
    {
        Write("x.train.txt", "a\n");
        Write("x.test.txt", "a\n");
        Assert.Contains("'valid' or 'dev'", Problem(() => TextCorpus.Read(_folder, new TextConfig())), StringComparison.Ordinal);
        Write("x.dev.txt", "b\n");
        Assert.Equal(["b"], TextCorpus.Read(_folder, new TextConfig()).Valid.Lines);
        Write("y.train.txt", "a\n");
        Assert.Contains("several files for the part 'train': x.train.txt, y.train.txt", Problem(() => TextCorpus.Read(_folder, new TextConfig())), StringComparison.Ordinal);
    }

    [Fact]
    public void Corpus_of_one_file_is_cut_at_line_ends_by_characters_without_loss()
    {
        // 10 lines of 2 characters with their ends, then 10 of 3: the half of all 50 is reached in the 12th, three quarters in the 16th.
        string path = Write("book.txt", string.Join('\n', Enumerable.Range(0, 20)));
        TextCorpus corpus = TextCorpus.Read(path, new TextConfig { TrainShare = 0.5, ValidShare = 0.25 });
        Assert.Equal([11, 4, 5], new[] { corpus.Train, corpus.Valid, corpus.Test }.Select(part => part.Lines.Count));
        Assert.Equal([1, 12, 16], new[] { corpus.Train, corpus.Valid, corpus.Test }.Select(part => part.FirstLine));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), corpus.Train.Lines.Concat(corpus.Valid.Lines).Concat(corpus.Test.Lines));
        Assert.Contains("cannot be cut", Problem(() => TextCorpus.Read(Write("short.txt", "a\nb\n"), new TextConfig())), StringComparison.Ordinal);
    }

    [Fact]
    public void Penn_treebank_has_ten_thousand_words_and_the_known_counts()
    {
        string train = SharedFolder.DataFile("ptb/ptb.train.txt");
        TextCorpus corpus = TextCorpus.Read(Path.GetDirectoryName(train)!, new TextConfig());
        Tokenizer tokenizer = TokenizerFit.Of(new TextConfig(), [], corpus.Train);

        Assert.Equal(10_000, tokenizer.Count);
        Assert.Equal([929_589, 73_760, 82_430], new[] { corpus.Train, corpus.Valid, corpus.Test }.Select(part => TextCorpus.Encode(part, tokenizer).Length));
        Assert.Equal(0, tokenizer.IdOf("the"));
    }

    [Fact]
    public void Tiny_shakespeare_has_sixty_five_characters()
    {
        TextFile text = TextFile.Read(SharedFolder.DataFile("tinyshakespeare/input.txt"));
        Tokenizer tokenizer = TokenizerFit.Of(new TextConfig { Unit = TextUnit.Character }, [], text);

        Assert.Equal(65, tokenizer.Count);
        Assert.Equal(1_115_394, TextCorpus.Encode(text, tokenizer).Length);
        Assert.StartsWith("First Citizen:\nBefore", tokenizer.Decode(TextCorpus.Encode(text, tokenizer).Take(100)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(101, 4, 7)]
    [InlineData(100, 3, 10)]
    [InlineData(6, 4, 2)]
    [InlineData(3, 8, 5)]
    [InlineData(101, 4, 7, 1)]
    [InlineData(100, 3, 10, 98)]
    public void Streams_hold_every_pair_once_in_order(int tokens, int streams, int steps, int first = 0)
    {
        var text = new TextStreams([.. Enumerable.Range(0, tokens)], streams, steps);
        var seen = new List<int>[text.Streams];
        Array.Fill(seen, null!);
        for (int chunk = 0; chunk < text.Chunks; chunk++)
        {
            int count = text.StepsOf(chunk) * text.Streams;
            int[] inputs = new int[count], targets = new int[count];
            text.Read(chunk, inputs, targets, first);
            for (int i = 0; i < count; i++)
            {
                if (targets[i] != TextStreams.None)
                {
                    Assert.Equal(inputs[i] + 1, targets[i]);
                    (seen[i % text.Streams] ??= []).Add(targets[i]);
                }
            }
        }

        Assert.Equal([.. Enumerable.Range(first + 1, tokens - 1 - first), .. Enumerable.Range(1, first)], seen.Where(stream => stream is not null).SelectMany(stream => stream));
        Assert.Equal(tokens - 1, text.Targets);
    }

    private static IReadOnlyList<string> Tokens(TextFile text, TextConfig config, params string[] symbols) => Assert.IsType<VocabularyTokenizer>(TokenizerFit.Of(config, symbols, text), exactMatch: false).Tokens;

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Problem(Action action) => Assert.Throws<DataFileException>(action).Message;
}
