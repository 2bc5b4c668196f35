using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// One text on its way: each <see cref="MoveNext"/> draws a token and gives the characters that it completes. A token allocates nothing. For one thread at a time.
/// </summary>
/// <example><code>
/// using TextGeneration text = generator.Begin("Once", new() { Tokens = 100 });
/// while (text.MoveNext()) { Console.Out.Write(text.Current); }
/// </code></example>
public sealed class TextGeneration : IDisposable
{
    private readonly GenerationConfig _config;
    private readonly ModelStream _stream;
    private readonly Sampler _sampler;
    private readonly TokenDecoder _decoder;
    private readonly StopStrings _stops;
    private readonly float[] _logits;
    private readonly int _end;
    private char[] _text = new char[64];
    private int _length, _token;

    /// <summary>Reads the prompt.</summary>
    /// <param name="stream">In its zero state; owned from here on.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="prompt">Ids of the prompt, one at least. The first <paramref name="unwritten"/> of them are no part of the text.</param>
    /// <param name="unwritten">Tokens that only lead the model in.</param>
    /// <param name="config">Sound.</param>
    internal TextGeneration(ModelStream stream, Tokenizer tokenizer, List<int> prompt, int unwritten, GenerationConfig config)
    {
        (_stream, _config) = (stream, config);
        _end = tokenizer.IdOf(Tokenizer.End) is var end && end != tokenizer.LineEnd ? end : -1;
        _sampler = new Sampler(tokenizer.Count, config.Sampling, new[] { Tokenizer.Padding, Tokenizer.Unknown, Tokenizer.Begin }.Select(tokenizer.IdOf).Where(id => id >= 0));
        _decoder = new TokenDecoder(tokenizer);
        _stops = new StopStrings(config.Stop);
        _logits = new float[tokenizer.Count];
        for (int i = 0; i < prompt.Count; i++)
        {
            // The model answers to the last token only; until then the output layer rests.
            _token = prompt[i];
            if (i < prompt.Count - 1)
            {
                stream.Absorb([_token]);
            }

            if (i >= unwritten)
            {
                _sampler.Observe(_token);
                _decoder.Next(_token);
            }
        }
    }

    /// <summary>The characters that became certain with the last token: none while a character or a stop string may be on its way. Valid until the next call.</summary>
    public ReadOnlySpan<char> Current => _text.AsSpan(0, _length);

    /// <summary>Tokens drawn so far, one that ended the text included.</summary>
    public int Tokens { get; private set; }

    /// <summary>Why the text ended; <see cref="GenerationEnd.None"/> while it goes on.</summary>
    public GenerationEnd End { get; private set; }

    /// <summary>Draws a token.</summary>
    /// <returns>False when the text has ended and all of it was given.</returns>
    public bool MoveNext()
    {
        _length = 0;
        if (End != GenerationEnd.None)
        {
            return false;
        }

        if (Tokens == _config.Tokens)
        {
            return Finish(GenerationEnd.Length);
        }

        _stream.Step([_token], _logits);
        _token = _sampler.Next(_logits);
        Tokens++;
        if (_token == _end)
        {
            return Finish(GenerationEnd.EndOfText);
        }

        Give(_stops.Next(_decoder.Next(_token)));
        End = _stops.IsStopped ? GenerationEnd.Stop : GenerationEnd.None;
        return true;
    }

    /// <summary>Ends it early.</summary>
    public void Dispose() => _stream.Dispose();

    private bool Finish(GenerationEnd end)
    {
        End = end;
        Give(_stops.Next(_decoder.Finish()));
        Give(_stops.Finish());
        return _length > 0;
    }

    private void Give(ReadOnlySpan<char> text)
    {
        if (_text.Length < _length + text.Length)
        {
            Array.Resize(ref _text, 2 * (_length + text.Length));
        }

        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }
}
