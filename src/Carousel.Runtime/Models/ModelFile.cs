using System.Globalization;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Models;

/// <summary>
/// A model as it is deployed, in one safetensors file: the parameters as tensors, everything else as text in the header's metadata. Immutable and complete:
/// it holds exactly the tensors its architecture needs, of the right shapes and with finite values only.
/// </summary>
/// <remarks>
/// Metadata keys: <c>format</c> (carousel), <c>version</c>, <c>task</c>, <c>architecture</c> (a <see cref="ModelConfig"/> as JSON), <c>precision</c>
/// (float32, bfloat16 or float16), <c>scaler</c> (a <see cref="StandardScaler"/> as JSON; optional), <c>tokenizer</c> and <c>source_tokenizer</c> (each a
/// <see cref="Inputs.Tokenizer"/> as JSON; optional), <c>language_model</c> (the
/// <see cref="NGramModel"/> that texts are searched with, as ARPA text; optional), <c>recipe</c> (how it was trained; optional) and <c>checksum</c> (SHA-256 of the content; checked when present).
/// </remarks>
public sealed class ModelFile
{
    /// <summary>The value of the metadata key <c>format</c>.</summary>
    public const string FormatName = "carousel";

    /// <summary>The version this build writes, and the only one it reads.</summary>
    public const int FormatVersion = 1;

    // An architecture is a few kilobytes; more is hostile.
    private const int LongestArchitecture = 1 << 16;

    // A million words, and more.
    private const int LongestTokenizer = 1 << 24;

    private static readonly ElementType[] Precisions = [ElementType.F32, ElementType.BF16, ElementType.F16];

    private static readonly string[] Keys = ["format", "version", "task", "architecture", "precision", "scaler", "tokenizer", "source_tokenizer", Vocabulary.Key, "language_model", "recipe", SafetensorsFile.ChecksumKey];

    private readonly SafetensorsFile _file;

    /// <summary>Puts a model together.</summary>
    /// <param name="config">Task and architecture.</param>
    /// <param name="parameters">The tensors of <see cref="ModelConfig.Parameters"/>, in any order, all F32, all BF16 or all F16.</param>
    /// <param name="scaler">How values were scaled, where the task needs it.</param>
    /// <param name="recipe">How the model was trained, as JSON text, kept as it is; or null.</param>
    /// <param name="tokenizer">The tokeniser of what the model writes, or reads if it writes no text, where the task needs one.</param>
    /// <param name="sourceTokenizer">The tokeniser of what the model reads, where that is another.</param>
    /// <param name="languageModel">What texts are searched with, where the task searches for texts.</param>
    /// <exception cref="ArgumentException">Config, scaler, tokenisers, language model or tensors are not sound; every problem is listed.</exception>
    public ModelFile(
        ModelConfig config, IEnumerable<StoredTensor> parameters, StandardScaler? scaler = null, string? recipe = null, Tokenizer? tokenizer = null, Tokenizer? sourceTokenizer = null,
        NGramModel? languageModel = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(parameters);
        StoredTensor[] tensors = [.. parameters];
        Precision = tensors.Length > 0 ? tensors[0].Type : ElementType.F32;
        var metadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
            ["task"] = config.Task,
            ["architecture"] = ModelJson.Shared.Write(config),
            ["precision"] = PrecisionName(Precision) ?? "none",
        };
        if (scaler is not null)
        {
            metadata["scaler"] = ModelJson.Shared.Write(scaler);
        }

        if (tokenizer is not null)
        {
            metadata["tokenizer"] = ModelJson.Shared.Write(tokenizer);
        }

        if (sourceTokenizer is not null)
        {
            metadata["source_tokenizer"] = ModelJson.Shared.Write(sourceTokenizer);
        }

        if (languageModel is not null)
        {
            metadata["language_model"] = ArpaText.Write(languageModel);
        }

        if (recipe is not null)
        {
            metadata["recipe"] = recipe;
        }

        Config = config;
        Scaler = scaler;
        Tokenizer = tokenizer;
        SourceTokenizer = sourceTokenizer;
        LanguageModel = languageModel;
        Recipe = recipe;
        _file = new SafetensorsFile(tensors, metadata);
        string[] problems = [.. config.Validate()];
        if (problems.Length == 0)
        {
            problems = [.. config.ValidateScaler(scaler), .. config.ValidateTokenizers(tokenizer, sourceTokenizer), .. config.ValidateLanguageModel(languageModel), .. TensorProblems(config, _file, Precision).Select(problem => $"tensor '{problem.Tensor}': {problem.Reason}")];
        }

        if (problems.Length > 0)
        {
            throw new ArgumentException($"{config.Task} model: {string.Join("; ", problems)}");
        }
    }

    private ModelFile(SafetensorsFile file, ModelConfig config, StandardScaler? scaler, Tokenizer? tokenizer, Tokenizer? sourceTokenizer, NGramModel? languageModel, ElementType precision)
    {
        _file = file;
        Config = config;
        Scaler = scaler;
        Tokenizer = tokenizer;
        SourceTokenizer = sourceTokenizer;
        LanguageModel = languageModel;
        Recipe = file.Metadata.GetValueOrDefault("recipe");
        Precision = precision;
    }

    /// <summary>Task and architecture.</summary>
    public ModelConfig Config { get; }

    /// <summary>How values were scaled before the model saw them; null for a task without scaling.</summary>
    public StandardScaler? Scaler { get; }

    /// <summary>The tokeniser of what the model writes, or reads if it writes no text; null for a task without text.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>The tokeniser of what the model reads, where that is another; otherwise null.</summary>
    public Tokenizer? SourceTokenizer { get; }

    /// <summary>What texts are searched with; null when the file holds none.</summary>
    public NGramModel? LanguageModel { get; }

    /// <summary>How the model was trained, as JSON text of the training library; null when not known.</summary>
    public string? Recipe { get; }

    /// <summary>Kind of number of every parameter: F32, BF16 or F16.</summary>
    public ElementType Precision { get; }

    /// <summary>The parameters, in the order of <see cref="ModelConfig.Parameters"/>.</summary>
    public IEnumerable<StoredTensor> Parameters => Config.Parameters().Select(parameter => _file[parameter.Name]);

    /// <summary>Number of trainable numbers.</summary>
    public long ParameterCount => _file.Tensors.Sum(tensor => (long)tensor.Count);

    /// <summary>SHA-256 of everything the file says, in lower-case hexadecimal: <see cref="SafetensorsFile.Checksum"/>.</summary>
    public string Checksum => _file.Checksum;

    /// <summary>The parameter of this name.</summary>
    /// <exception cref="KeyNotFoundException">The architecture has none of this name.</exception>
    public StoredTensor this[string name] => _file[name];

    /// <summary>Reads a model.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, of another kind or version, or does not hold what its architecture needs.</exception>
    public static ModelFile Load(string path) => From(SafetensorsFile.Load(path), path);

    /// <summary>Reads a model from a stream, up to the stream's end.</summary>
    /// <param name="stream">Read from its current position.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ModelFileException">As <see cref="Load"/>.</exception>
    public static ModelFile Read(Stream stream, string name) => From(SafetensorsFile.Read(stream, name), name);

    /// <summary>Writes the model, either completely or not at all. The same model gives the same bytes.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <exception cref="IOException">It cannot be written; the message says why and what to do.</exception>
    public void Save(string path) => _file.WithChecksum().Save(path);

    /// <summary>Writes the bytes of <see cref="Save"/>.</summary>
    /// <param name="stream">Written to from its current position.</param>
    public void Write(Stream stream) => _file.WithChecksum().Write(stream);

    private static ModelFile From(SafetensorsFile file, string path)
    {
        CheckKind(file, path);

        // A pass over all bytes takes as long as everything else.
        file.BeginChecksum();
        try
        {
            return FromMetadata(file, path);
        }
        finally
        {
            // Whatever else a damaged file seems to be.
            file.VerifyChecksum(path);
        }
    }

    private static ModelFile FromMetadata(SafetensorsFile file, string path)
    {
        if (file.MetadataKeys.FirstOrDefault(key => !Keys.Contains(key)) is { } unknown)
        {
            throw new ModelFileException(path, $"unknown metadata key '{unknown}'{NearestName.Hint(unknown, Keys)}, expected {string.Join(", ", Keys)}");
        }

        try
        {
            var config = ModelJson.Read(Need(file, "architecture", path), "architecture", ModelConfig.Read, LongestArchitecture);
            ConfigException.ThrowIfAny("architecture", config.Validate());
            StandardScaler? scaler = file.Metadata.TryGetValue("scaler", out string? text) ? ModelJson.Read(text, "scaler", StandardScaler.Read) : null;
            ConfigException.ThrowIfAny("scaler", config.ValidateScaler(scaler));
            Tokenizer? tokenizer = ReadTokenizer(file, "tokenizer") ?? ReadVocabulary(file), sourceTokenizer = ReadTokenizer(file, "source_tokenizer");
            ConfigException.ThrowIfAny("tokenizer", config.ValidateTokenizers(tokenizer, sourceTokenizer));
            NGramModel? languageModel = file.Metadata.TryGetValue("language_model", out text) ? ArpaText.Read(text, "language_model") : null;
            ConfigException.ThrowIfAny("language_model", config.ValidateLanguageModel(languageModel));
            string task = Need(file, "task", path);
            ConfigException.ThrowIfAny("task", task == config.Task ? [] : [$"is '{task}', expected '{config.Task}' as in the architecture"]);
            ElementType precision = ParsePrecision(Need(file, "precision", path), path);
            ThrowIfIncomplete(config, file, precision, path);
            return new ModelFile(file, config, scaler, tokenizer, sourceTokenizer, languageModel, precision);
        }
        catch (Exception e) when (e is ConfigException or InvalidDataException)
        {
            throw new ModelFileException(path, e.Message, null, e);
        }
    }

    private static Tokenizer? ReadTokenizer(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out string? text) ? ModelJson.Read(text, key, Inputs.Tokenizer.Read, LongestTokenizer) : null;

    private static Tokenizer? ReadVocabulary(SafetensorsFile file) =>
        file.Metadata.TryGetValue(Vocabulary.Key, out string? text) ? ModelJson.Shared.Read<Vocabulary>(text, Vocabulary.Key, LongestTokenizer).Tokenizer : null;

    private static void CheckKind(SafetensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue("format", out string? format) || format != FormatName)
        {
            string found = format is null ? "its metadata name no format" : $"its format is '{format}'";
            throw new ModelFileException(path, $"is a safetensors file but no Carousel model: {found}, expected '{FormatName}'");
        }

        string version = Need(file, "version", path);
        if (version != FormatVersion.ToString(CultureInfo.InvariantCulture))
        {
            throw new ModelFileException(path, $"has format version '{version}', this build reads version {FormatVersion}; use the Carousel that wrote it, or train again");
        }
    }

    private static string Need(SafetensorsFile file, string key, string path) => file.Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new ModelFileException(path, $"metadata key '{key}' is missing");

    private static ElementType ParsePrecision(string name, string path)
    {
        foreach (ElementType type in Precisions)
        {
            if (PrecisionName(type) == name)
            {
                return type;
            }
        }

        throw new ModelFileException(path, $"precision is '{name}', this build reads {string.Join(", ", Precisions.Select(PrecisionName))}");
    }

    private static string? PrecisionName(ElementType type) => type switch
    {
        ElementType.F32 => "float32",
        ElementType.BF16 => "bfloat16",
        ElementType.F16 => "float16",
        _ => null,
    };

    private static void ThrowIfIncomplete(ModelConfig config, SafetensorsFile file, ElementType precision, string path)
    {
        // A file with the wrong architecture can have thousands of problems; a few tell the story.
        const int most = 10;
        TensorProblem[] problems = [.. TensorProblems(config, file, precision).Take(most + 1)];
        if (problems.Length == 0)
        {
            return;
        }

        IEnumerable<string> others = problems.Skip(1).Take(most - 1).Select(problem => $"; tensor '{problem.Tensor}': {problem.Reason}");
        string more = problems.Length > most ? "; and more" : "";
        throw new ModelFileException(path, $"{problems[0].Reason}{string.Concat(others)}{more}", problems[0].Tensor);
    }

    /// <summary>Every difference between the tensors that the architecture needs and those of the file.</summary>
    private static IEnumerable<TensorProblem> TensorProblems(ModelConfig config, SafetensorsFile file, ElementType precision)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (ParameterSpec expected in config.Parameters())
        {
            needed.Add(expected.Name);
            if (!file.TryGet(expected.Name, out StoredTensor? found))
            {
                yield return new(expected.Name, $"is missing, expected {precision.Spelling()} [{string.Join(", ", expected.Shape)}]");
            }
            else if (!found.HasShape(expected.Shape))
            {
                yield return new(expected.Name, $"has shape [{string.Join(", ", found.Shape)}], expected [{string.Join(", ", expected.Shape)}]");
            }
            else if (found.Type != precision || PrecisionName(precision) is null)
            {
                string allowed = PrecisionName(precision) is null ? string.Join(" or ", Precisions.Select(ElementTypes.Spelling)) : precision.Spelling();
                yield return new(expected.Name, $"holds {found.Type.Spelling()}, expected {allowed}");
            }
            else if (found.FirstNonFinite() is >= 0 and int at)
            {
                yield return new(expected.Name, $"element {at} is {found.ToSingles()[at]}, expected finite numbers only");
            }
        }

        foreach (StoredTensor surplus in file.Tensors.Where(tensor => !needed.Contains(tensor.Name)))
        {
            yield return new(surplus.Name, $"[{string.Join(", ", surplus.Shape)}] is surplus: the architecture has no tensor of this name{NearestName.Hint(surplus.Name, needed.Take(1000))}");
        }
    }

    private sealed record TensorProblem(string Tensor, string Reason);
}
