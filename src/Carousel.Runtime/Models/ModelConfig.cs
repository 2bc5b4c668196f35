using System.Text.Json.Serialization;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>What a deployed model is: the task it does and the architecture that does it. Stored as <c>architecture</c> in the model file.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "task")]
[JsonDerivedType(typeof(ForecasterConfig), "forecast")]
[JsonDerivedType(typeof(LanguageModelConfig), "lm")]
[JsonDerivedType(typeof(Seq2SeqConfig), "translate")]
[JsonDerivedType(typeof(ClassifierConfig), "classify")]
[JsonDerivedType(typeof(TranscriberConfig), "transcribe")]
[JsonDerivedType(typeof(NetworkConfig), "network")]
[JsonDerivedType(typeof(EncoderDecoderConfig), "encoder_decoder")]
public abstract record ModelConfig
{
    /// <summary>The task's name: <c>forecast</c>, <c>lm</c>, <c>translate</c>, <c>classify</c>, <c>network</c>, <c>encoder_decoder</c>.</summary>
    /// <remarks>Each record ignores it in JSON, where the discriminator of the same name stands.</remarks>
    [JsonIgnore]
    public abstract string Task { get; }

    /// <summary>Reads a config from the fields of a JSON object.</summary>
    internal static ModelConfig Read(RecordReader json) => (json.Kind("task") switch
    {
        "forecast" => new ForecasterConfig(),
        "lm" => new LanguageModelConfig(),
        "translate" => new Seq2SeqConfig(),
        "classify" => new ClassifierConfig(),
        "transcribe" => new TranscriberConfig(),
        "network" => new NetworkConfig(null!),
        "encoder_decoder" => (ModelConfig)new EncoderDecoderConfig(new LstmConfig(0, 0), new LstmConfig(0, 0), 0),
        _ => throw RecordReader.Unexpected(),
    }).With(json);

    /// <summary>This record with the fields of a JSON object; those left out stay as they are.</summary>
    internal abstract ModelConfig With(RecordReader json);

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public abstract IEnumerable<string> Validate();

    /// <summary>The tensors a file of this model holds, in a fixed order. Enumerated lazily; call it on a sound record only.</summary>
    public abstract IEnumerable<ParameterSpec> Parameters();

    /// <summary>What is wrong with a scaler, or with its absence, for this model.</summary>
    /// <param name="scaler">The scaler of the file, or null.</param>
    public abstract IEnumerable<string> ValidateScaler(StandardScaler? scaler);

    /// <summary>What is wrong with a language model, or with its absence, for this model; most models have none.</summary>
    /// <param name="languageModel">The language model of the file, or null.</param>
    public virtual IEnumerable<string> ValidateLanguageModel(NGramModel? languageModel) =>
        languageModel is null ? [] : [$"language_model is there, but a model for the task '{Task}' searches for no text with one"];

    /// <summary>What is wrong with the tokenisers, or with their absence, for this model; most models have none.</summary>
    /// <param name="tokenizer">The tokeniser of what the model writes, or reads if it writes no text; or null.</param>
    /// <param name="source">The tokeniser of what the model reads, where that is another; or null.</param>
    public virtual IEnumerable<string> ValidateTokenizers(Tokenizer? tokenizer, Tokenizer? source) =>
        tokenizer is null && source is null ? [] : [$"tokenizer is there, but a model for the task '{Task}' reads no text"];
}
