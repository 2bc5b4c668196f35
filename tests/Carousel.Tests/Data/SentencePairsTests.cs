using Carousel.Data;

namespace Carousel.Tests.Data;

public sealed class SentencePairsTests : IDisposable
{
    private static readonly LanguagePair Languages = new("en", "de");

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a.tsv", "one\teins\ntwo\tzwei\n")]
    [InlineData("a.jsonl", "{\"de\": \"eins\", \"en\": \"one\", \"id\": 7}\n{\"translation\": {\"en\": \"two\", \"de\": \"zwei\"}}\n")]
    public void ReadFile_gives_pairs(string name, string text)
    {
        SentencePairs pairs = SentencePairs.ReadFile(Write(name, text), Languages);

        Assert.Equal(["one", "two"], pairs.Source);
        Assert.Equal(["eins", "zwei"], pairs.Target);
    }

    [Fact]
    public void ReadFiles_takes_line_by_line()
    {
        SentencePairs pairs = SentencePairs.ReadFiles(Write("a.en", "one\r\n\r\ntwo"), Write("a.de", "eins\n \nzwei\n"));

        Assert.Equal(["one", "", "two"], pairs.Source);
        Assert.Equal(["eins", " ", "zwei"], pairs.Target);
        Assert.Equal(["one", "two"], pairs.WithoutBlank().Source);
    }

    [Fact]
    public void ReadFiles_of_different_lengths_are_refused() =>
        Assert.Contains("a.de: has 1 lines, but a.en has 2; expected line i", Problem(() => SentencePairs.ReadFiles(Write("a.en", "one\ntwo\n"), Write("a.de", "eins\n"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("a.tsv", "one\teins\ntwo\n", "a.tsv, line 2: has 1 column, expected two")]
    [InlineData("a.tsv", "one\teins\tuno\n", "line 1: has 3 columns")]
    [InlineData("a.jsonl", "{\"en\": \"one\", \"de\": \"eins\"}\n\n", "a.jsonl, line 2: is not valid JSON")]
    [InlineData("a.jsonl", "{\"en\": \"one\", \"fr\": \"un\"}", "line 1: has no text for 'de', found 'en', 'fr'")]
    [InlineData("a.jsonl", "[1]", "line 1: holds a array, expected an object")]
    [InlineData("a.jsonl", "{\"en\": 1, \"de\": \"eins\"}", "has no text for 'en'")]
    [InlineData("a.csv", "one,eins", "is no file of sentence pairs by its ending")]
    public void ReadFile_what_is_no_pair_is_named(string name, string text, string message) =>
        Assert.Contains(message, Problem(() => SentencePairs.ReadFile(Write(name, text), Languages)), StringComparison.Ordinal);

    [Fact]
    public void ReadFile_what_is_not_utf8_is_named()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.tsv"), [.. "one\teins\ntwo\t"u8, 0xC3, 0x28]);
        Assert.Contains("a.tsv, line 2: byte 13 is 0xC3", Problem(() => SentencePairs.ReadFile(Path.Combine(_folder, "a.tsv"), Languages)), StringComparison.Ordinal);
    }

    [Fact]
    public void Corpus_folder_has_files_for_each_part()
    {
        foreach (string name in new[] { "train.en", "train.de", "val.en", "val.de", "test_2016.en", "test_2016.de", "contest.en", "README.md" })
        {
            Write(name, name);
        }

        var corpus = new ParallelCorpus(_folder, Languages);
        Assert.Equal("train.de", corpus.Read("train").Target[0]);
        Assert.Equal("val.en", corpus.Read("valid").Source[0]);
        Assert.Equal("test_2016.en", corpus.Read("test").Source[0]);
        Assert.Contains("holds no sentence pairs of the part 'train'; expected train.it and train.fr", Problem(() => new ParallelCorpus(_folder, new LanguagePair("it", "fr")).Read("train")), StringComparison.Ordinal);
        Assert.Contains("holds train.en for the part 'train', expected one file for each language", Problem(() => new ParallelCorpus(_folder, new LanguagePair("en", "fr")).Read("train")), StringComparison.Ordinal);
        Write("test.tsv", "a\tb");
        Assert.Contains("expected one file for each language, or one .tsv or .jsonl", Problem(() => corpus.Read("test")), StringComparison.Ordinal);
    }

    [Fact]
    public void Corpus_of_one_file_is_cut_by_lines()
    {
        var corpus = new ParallelCorpus(Write("a.tsv", string.Join('\n', Enumerable.Range(0, 40).Select(at => $"{at}\t-{at}"))), Languages);

        Assert.Equal(Enumerable.Range(0, 40).Select(at => $"{at}"), new[] { "train", "valid", "test" }.SelectMany(part => corpus.Read(part).Source));
        Assert.Equal(["36", "37"], corpus.Read("valid").Source);
        Assert.Contains("has 5 pairs", Problem(() => new ParallelCorpus(Write("b.tsv", "a\tb\na\tb\na\tb\na\tb\na\tb"), Languages).Read("train")), StringComparison.Ordinal);
    }

    private static string Problem(Func<object> act) => Assert.Throws<DataFileException>(act).Message;

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
