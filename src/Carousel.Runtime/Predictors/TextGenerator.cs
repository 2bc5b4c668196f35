using System.Text;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>A trained language model in production: a text in, its continuation out, as it is written. Immutable; may be used by several threads at once.</summary>
public sealed class TextGenerator : IDisposable
{
    private readonly CompiledModel _model;

    private TextGenerator(Tokenizer tokenizer, CompiledModel model) => (Tokenizer, _model) = (tokenizer, model);

    /// <summary>How it reads and writes text.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or no language model.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static TextGenerator Load(string path, CompileOptions? options = null) => From(ModelFile.Load(path), path, options);

    /// <summary>Prepares a model that is already in memory.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How to prepare it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The model is no language model.</exception>
    /// <exception cref="ArgumentException">The options have problems.</exception>
    public static TextGenerator From(ModelFile file, string name, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Config is LanguageModelConfig && file.Tokenizer is { } tokenizer
            ? new TextGenerator(tokenizer, CompiledModel.Compile(file, name, options))
            : throw new ModelFileException(name, $"holds a model for the task '{file.Config.Task}', expected 'lm'");
    }

    /// <summary>Begins to continue a text.</summary>
    /// <param name="prompt">What stands before it; empty to begin a new line.</param>
    /// <param name="config">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The config has problems (all are listed), or the prompt is empty and the model knows no lines.</exception>
    /// <exception cref="UnknownTokenException">The prompt holds something the model has no token for.</exception>
    /// <exception cref="ObjectDisposedException">The generator has been disposed.</exception>
    public TextGeneration Begin(string prompt, GenerationConfig? config = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        config ??= new GenerationConfig();
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(config));
        }

        // In training a text follows a line that has ended.
        int start = Tokenizer.IdOf(Tokenizer.Begin) is >= 0 and int begin ? begin : Tokenizer.LineEnd;
        List<int> ids = start >= 0 ? [start] : [];
        int unwritten = ids.Count;
        Tokenizer.Encode(prompt, ids);
        return ids.Count > 0
            ? new TextGeneration(_model.OpenStream(), Tokenizer, ids, unwritten, config)
            : throw new ArgumentException("the prompt is empty and the model has no token for the end of a line, expected a character or more", nameof(prompt));
    }

    /// <summary>Continues a text.</summary>
    /// <returns>The continuation, without the prompt.</returns>
    /// <inheritdoc cref="Begin"/>
    public string Generate(string prompt, GenerationConfig? config = null)
    {
        using TextGeneration generation = Begin(prompt, config);
        var text = new StringBuilder();
        while (generation.MoveNext())
        {
            text.Append(generation.Current);
        }

        return text.ToString();
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _model.Dispose();
}
