using System.Diagnostics;
using Carousel.Data;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;

namespace Carousel.Tests.Data;

public sealed class BytePairFitTests
{
    private static readonly TextFile Songs = new("songs", ["low low low low low lower lower newest newest newest newest newest newest widest widest widest"]);

    [Fact]
    public void Merges_are_those_of_the_paper()
    {
        // Sennrich et al. 2016, section 3.2, but with the space at the beginning of a word: es and st occur 9 times, and e is the smaller byte; then est; then the pairs that occur 7 times.
        BytePairTokenizer tokenizer = BytePairFit.Of([Songs], [], 256 + 5, 2, leadingSpace: true);
        Assert.Equal(["es", "est", " l", "ow", " low"], Enumerable.Range(256, 5).Select(id => Spelling(tokenizer, id)));
    }

    [Fact]
    public void Merges_are_those_of_a_count_from_scratch_before_every_merge()
    {
        var random = new RandomSource(3);
        string[] lines = [.. Enumerable.Range(0, 60).Select(_ => string.Concat(Enumerable.Range(0, 30).Select(_ => "aaabbcd é"[random.NextInt(9)])))];
        BytePairTokenizer tokenizer = BytePairFit.Of([new TextFile("t", lines)], ["<pad>"], 257 + 120, 2, leadingSpace: false);
        Assert.Equal(FromScratch(lines, symbols: 1, merges: 120), tokenizer.Merges);
        Assert.Empty(tokenizer.Validate());
    }

    [Fact]
    public void Merges_stop_at_pairs_that_are_rare_and_do_not_depend_on_the_order_of_lines()
    {
        TextFile ab = new("t", ["ab", "cd", "ab"]), ba = new("t", ["cd", "ab", "ab"]);
        BytePairTokenizer tokenizer = BytePairFit.Of([ab], [], 1000, 2, leadingSpace: false);
        Assert.Equal(["ab"], Enumerable.Range(256, tokenizer.Count - 256).Select(id => Spelling(tokenizer, id)));
        Assert.Equal(tokenizer, BytePairFit.Of([ba], [], 1000, 2, leadingSpace: false));
        Assert.Equal(tokenizer, BytePairFit.Of([new TextFile("1", ["ab"]), new TextFile("2", ["cd", "ab"])], [], 1000, 2, leadingSpace: false));
    }

    [Fact]
    public void Tokenizer_of_sentences_has_the_symbols_first_but_no_unk()
    {
        Tokenizer tokenizer = TokenizerFit.Of(new TextConfig { Unit = TextUnit.Subword, Subwords = 270 }, Tokenizer.SpecialSymbols, Songs);
        Assert.Equal([0, -1, 1, 2], Tokenizer.SpecialSymbols.Select(tokenizer.IdOf));
        Assert.Equal(270, tokenizer.Count);
        Assert.Equal("newest  wider 😀", tokenizer.Decode(tokenizer.Encode("newest  wider 😀")));
    }

    [Fact]
    public void Sentence_pairs_take_seconds()
    {
        string folder = Path.GetDirectoryName(SharedFolder.DataFile("multi30k/train.de"))!;
        TextFile[] files = [TextFile.Read(Path.Combine(folder, "train.de")), TextFile.Read(Path.Combine(folder, "train.en"))];
        var clock = Stopwatch.StartNew();
        BytePairTokenizer tokenizer = BytePairFit.Of(files, ["<pad>", "<bos>", "<eos>"], 6000, 2, leadingSpace: true);
        TestContext.Current.TestOutputHelper?.WriteLine($"{tokenizer.Count} tokens in {clock.Elapsed.TotalSeconds:F2} s");
        Assert.Equal(6000, tokenizer.Count);
        clock.Restart();
        int tokens = files.Sum(file => file.Lines.Sum(line => tokenizer.Encode(line).Length));
        TestContext.Current.TestOutputHelper?.WriteLine($"{tokens} tokens encoded in {clock.Elapsed.TotalSeconds:F2} s");
        Assert.All(files.SelectMany(file => file.Lines.Take(500)), line => Assert.Equal(line, tokenizer.Decode(tokenizer.Encode(line))));
    }

    private static string Spelling(BytePairTokenizer tokenizer, int id) => (tokenizer with { LeadingSpace = false }).Decode([id]);

    private static List<int> FromScratch(string[] lines, int symbols, int merges)
    {
        var pieces = new List<int[]>();
        foreach (string line in lines)
        {
            foreach (ReadOnlySpan<char> piece in new TextPieces(line))
            {
                pieces.Add([.. System.Text.Encoding.UTF8.GetBytes(piece.ToArray()).Select(value => symbols + value)]);
            }
        }

        var learned = new List<int>();
        for (int merge = 0; merge < merges; merge++)
        {
            IGrouping<(int Left, int Right), int[]>? best = pieces.SelectMany(piece => piece.Zip(piece.Skip(1)), (piece, pair) => (piece, pair)).GroupBy(entry => entry.pair, entry => entry.piece)
                .Where(group => group.Count() > 1).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).FirstOrDefault();
            if (best is null)
            {
                break;
            }

            learned.AddRange([best.Key.Left, best.Key.Right]);
            for (int i = 0; i < pieces.Count; i++)
            {
                var after = new List<int>();
                foreach (int token in pieces[i])
                {
                    after.Add(token);
                    if (after.Count > 1 && after[^2] == best.Key.Left && after[^1] == best.Key.Right)
                    {
                        after.RemoveAt(after.Count - 1);
                        after[^1] = symbols + 256 + merge;
                    }
                }

                pieces[i] = [.. after];
            }
        }

        return learned;
    }
}
