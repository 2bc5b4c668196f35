using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// A translation model in production: text in, text out, tokenisers from the model file. What a sentence gives does not depend on those beside it. Immutable; may be used by
/// several threads at once.
/// </summary>
/// <remarks>
/// Any text has a translation: line ends are read as spaces, one without tokens gives the empty text, and one that is longer than <see cref="Seq2SeqConfig.MaxSourceLength"/> is read
/// up to there, which <see cref="TranslatedSentence.SourceLength"/> tells. A translation is at most twice as long as its source and ten tokens more, and at most
/// <see cref="Seq2SeqConfig.MaxTargetLength"/>.
/// </remarks>
public sealed class Translator : IDisposable
{
    /// <summary>Sentences that are translated together: enough for their hypotheses to share the reading of the weights.</summary>
    public const int BatchSize = 32;

    private readonly CompiledModel _model;

    private Translator(Seq2SeqConfig config, Tokenizer source, Tokenizer target, CompiledModel model) => (Config, Source, Target, _model) = (config, source, target, model);

    /// <summary>What the model is.</summary>
    public Seq2SeqConfig Config { get; }

    /// <summary>The tokeniser of what is read.</summary>
    public Tokenizer Source { get; }

    /// <summary>The tokeniser of what is written.</summary>
    public Tokenizer Target { get; }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or no translation model.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static Translator Load(string path, CompileOptions? options = null) => From(ModelFile.Load(path), path, options);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The model is no translation model, or has no tokeniser.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static Translator From(ModelFile file, string name, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Config is not Seq2SeqConfig config)
        {
            throw new ModelFileException(name, $"holds a model for the task '{file.Config.Task}', expected 'translate'");
        }

        if (file.Tokenizer is not { } target)
        {
            throw new ModelFileException(name, "holds no tokeniser, which a model that translates text needs");
        }

        return new Translator(config, file.SourceTokenizer ?? target, target, CompiledModel.Compile(file, name, options));
    }

    /// <summary>Translates one sentence.</summary>
    /// <param name="text">Any text.</param>
    /// <exception cref="UnknownTokenException">A part of the text has no token and there is no <see cref="Tokenizer.Unknown"/> to stand for it.</exception>
    /// <exception cref="ObjectDisposedException">The translator has been disposed.</exception>
    public string Translate(string text) => Translate([text])[0].Text;

    /// <summary>Translates sentences.</summary>
    /// <param name="texts">Any texts [N], in any order: those of similar length are translated together.</param>
    /// <param name="search">How to search; null for the defaults.</param>
    /// <param name="cancellationToken">Looked at before each token.</param>
    /// <returns>What became of each [N].</returns>
    /// <exception cref="ArgumentException">The search has problems.</exception>
    /// <exception cref="UnknownTokenException">A part of a text has no token and there is no <see cref="Tokenizer.Unknown"/> to stand for it.</exception>
    /// <exception cref="InvalidDataException">The weights are so large that there is no number for any token.</exception>
    /// <exception cref="ObjectDisposedException">The translator has been disposed.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public IReadOnlyList<TranslatedSentence> Translate(IReadOnlyList<string> texts, BeamConfig? search = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ObjectDisposedException.ThrowIf(_model.IsDisposed, this);
        search ??= new BeamConfig();
        (IReadOnlyList<int> Tokens, int Length)[] sources = [.. texts.Select(Read)];
        var translated = new TranslatedSentence[texts.Count];
        foreach (int[] part in Enumerable.Range(0, texts.Count).OrderBy(at => sources[at].Length).Chunk(BatchSize))
        {
            IReadOnlyList<IReadOnlyList<Hypothesis>> found = Search([.. part.Select(at => sources[at].Tokens)], search, cancellationToken);
            foreach ((int at, IReadOnlyList<Hypothesis> best) in part.Zip(found))
            {
                if (best.Count == 0)
                {
                    throw new InvalidDataException($"the model computes numbers that are none for '{texts[at]}': its weights are too large");
                }

                Translation[] each = [.. best.Select(hypothesis => new Translation(Target.Decode(hypothesis.Tokens), hypothesis.Tokens, hypothesis.LogProbability, hypothesis.Score))];
                translated[at] = new TranslatedSentence(sources[at].Tokens, sources[at].Length, each);
            }
        }

        return translated;
    }

    /// <summary>Translates one sentence piece by piece, each given as soon as it is written: the most probable token at each step, or what is chosen instead.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="choose">Chooses tokens in place of the most probable ones, such as a sampler; null for those.</param>
    /// <returns>Pieces of text, each of whole characters.</returns>
    /// <exception cref="UnknownTokenException">A part of the text has no token and there is no <see cref="Tokenizer.Unknown"/> to stand for it.</exception>
    /// <exception cref="ObjectDisposedException">The translator has been disposed.</exception>
    public IEnumerable<string> Write(string text, GreedySearch.Choice? choose = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ObjectDisposedException.ThrowIf(_model.IsDisposed, this);
        return Pieces(Read(text).Tokens, choose);
    }

    /// <summary>The tokens of a text as the model reads them.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The tokens that are read, without the end, and how many the text has.</returns>
    /// <exception cref="UnknownTokenException">A part of the text has no token and there is no <see cref="Tokenizer.Unknown"/> to stand for it.</exception>
    public (IReadOnlyList<int> Tokens, int Length) Read(string text)
    {
        int[] ids = string.IsNullOrWhiteSpace(text) ? [] : Source.Encode(text.ReplaceLineEndings(" "));
        return (ids.Length > Config.MaxSourceLength ? ids[..Config.MaxSourceLength] : ids, ids.Length);
    }

    /// <summary>What each token of a translation looked at.</summary>
    /// <param name="source">Tokens of the source, without the end [S].</param>
    /// <param name="tokens">Tokens of the translation, without the end [T].</param>
    /// <returns>Row t tells how much token t looked at each token of the source, in sum 1; the last row and column are the ends [T + 1][S + 1]. Empty rows for a model without attention.</returns>
    /// <exception cref="ArgumentException">An id is none of the model.</exception>
    /// <exception cref="ObjectDisposedException">The translator has been disposed.</exception>
    public float[][] Align(IReadOnlyList<int> source, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tokens);
        using DecoderStream stream = _model.OpenDecoder([[.. source, Config.EndIndex]], rows: 1);
        float[][] weights = new float[tokens.Count + 1][];
        for (int at = 0; at < weights.Length; at++)
        {
            stream.Step([0], [at == 0 ? Config.BeginIndex : tokens[at - 1]]);
            weights[at] = stream.Attention(0).ToArray();
        }

        return weights;
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _model.Dispose();

    // Sentences without tokens are not searched: a model has never seen one.
    private IReadOnlyList<IReadOnlyList<Hypothesis>> Search(IReadOnlyList<IReadOnlyList<int>> sources, BeamConfig search, CancellationToken cancellationToken)
    {
        IReadOnlyList<int>[] spoken = [.. sources.Where(source => source.Count > 0)];
        var found = new Queue<IReadOnlyList<Hypothesis>>();
        if (spoken.Length > 0)
        {
            using DecoderStream stream = _model.OpenDecoder([.. spoken.Select(source => (int[])[.. source, Config.EndIndex])], spoken.Length * search.Beam);
            found = new(BeamSearch.Run(stream, Config.BeginIndex, Config.EndIndex, [.. spoken.Select(Longest)], search, cancellationToken));
        }

        return [.. sources.Select(source => source.Count > 0 ? found.Dequeue() : [new Hypothesis([], 0, 0)])];
    }

    private IEnumerable<string> Pieces(IReadOnlyList<int> source, GreedySearch.Choice? choose)
    {
        if (source.Count == 0)
        {
            yield break;
        }

        var decoder = new TokenDecoder(Target);
        using DecoderStream stream = _model.OpenDecoder([[.. source, Config.EndIndex]], rows: 1);
        foreach (int token in GreedySearch.Run(stream, Config.BeginIndex, Config.EndIndex, Longest(source), choose))
        {
            string piece = decoder.Next(token).ToString();
            if (piece.Length > 0)
            {
                yield return piece;
            }
        }

        string rest = decoder.Finish().ToString();
        if (rest.Length > 0)
        {
            yield return rest;
        }
    }

    private int Longest(IReadOnlyList<int> source) => Math.Min(Config.MaxTargetLength, (2 * source.Count) + 10);
}
