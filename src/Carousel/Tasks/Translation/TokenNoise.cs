using Carousel.Numerics;
using Carousel.Runtime.Inputs;

namespace Carousel.Tasks.Translation;

/// <summary>Makes every reading of a training sentence a little different, so that a small corpus is not learnt by heart.</summary>
/// <param name="tokenizer">Whose ids.</param>
/// <param name="splits">
/// Share of tokens that fall apart into the two they were merged from, and these perhaps again: the spellings of BPE-dropout (Provilkov et al. 2020), from the token down.
/// Tokens of other kinds stay whole.
/// </param>
internal sealed class TokenNoise(Tokenizer tokenizer, float splits)
{
    private readonly BytePairTokenizer? _pairs = tokenizer as BytePairTokenizer;

    /// <summary>A sentence as it is read this time.</summary>
    public int[] Read(int[] ids, RandomSource random)
    {
        if (_pairs is null || splits == 0)
        {
            return ids;
        }

        var read = new List<int>(ids.Length + 8);
        foreach (int id in ids)
        {
            Add(id, random, read);
        }

        return [.. read];
    }

    private void Add(int id, RandomSource random, List<int> read)
    {
        int merge = id - _pairs!.Symbols.Count - 256;
        if (merge < 0 || random.NextSingle() >= splits)
        {
            read.Add(id);
            return;
        }

        Add(_pairs.Merges[2 * merge], random, read);
        Add(_pairs.Merges[(2 * merge) + 1], random, read);
    }
}
