using Carousel.Data;
using Carousel.Optimizers;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Schedules;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>Everything that determines a translation model but the sentences themselves: what <c>recipes/*.json</c> hold and a run folder keeps as resolved.</summary>
public sealed record TranslationRecipe : IRecipe
{
    /// <summary>The task this recipe is for.</summary>
    /// <value>translate</value>
    public string Task { get; init; } = "translate";

    /// <summary>Name of the recipe, for people.</summary>
    public string Name { get; init; } = "translate";

    /// <summary>What the recipe reproduces, on which data, from which publication.</summary>
    public string Description { get; init; } = "";

    /// <summary>From which language into which, as the files' endings or the keys in JSON call them.</summary>
    /// <value>en, de</value>
    public LanguagePair Languages { get; init; } = new("en", "de");

    /// <summary>How sentences become tokens.</summary>
    /// <value>Subwords.</value>
    public TextConfig Text { get; init; } = new() { Unit = TextUnit.Subword };

    /// <summary>True when both languages share one tokeniser, made from the training sentences of both.</summary>
    /// <value>true</value>
    public bool JointTokenizer { get; init; } = true;

    /// <summary>Tokens of the longest sentence to learn from; pairs with a longer one are left out. 1 or more.</summary>
    /// <value>256</value>
    public int LongestSentence { get; init; } = 256;

    /// <summary>What the model is. A vocabulary size of 0 is worked out from the tokenisers, and so are the marks for padding, beginning and end.</summary>
    public Seq2SeqConfig Model { get; init; } = new() { SourceVocabularySize = 0, TargetVocabularySize = 0 };

    /// <summary>ε, what every wrong token gets of the probability to be learnt, in sum; 0 … 1 (Szegedy et al. 2016).</summary>
    /// <value>0</value>
    public float LabelSmoothing { get; init; }

    /// <summary>Share of the words read, by encoder and decoder, that are nothing but zeros this time; 0 ≤ p &lt; 1 (Gal &amp; Ghahramani 2016).</summary>
    /// <value>0</value>
    public float WordDropout { get; init; }

    /// <summary>Share of subwords that are read as the two they were merged from; 0 ≤ p &lt; 1 (as BPE-dropout, Provilkov et al. 2020).</summary>
    /// <value>0</value>
    public float SubwordSplits { get; init; }

    /// <summary>
    /// Share of the decoder's inputs that are what the model itself finds most probable there; 0 ≤ p &lt; 1. Scheduled sampling (Bengio et al. 2015), all steps at once
    /// (Duckworth et al. 2019).
    /// </summary>
    /// <value>0</value>
    public float ScheduledSampling { get; init; }

    /// <summary>How the network is trained. Examples are sentence pairs; the loss is the mean over the target tokens of a batch, in nats.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>How the trained model is trained on by what its own translations cost; null to leave it as it is.</summary>
    /// <value>null</value>
    public MinimumRiskConfig? MinimumRisk { get; init; }

    /// <summary>How the trained model looks for translations when it is measured.</summary>
    /// <value>A beam of 5.</value>
    public BeamConfig Beam { get; init; } = new();

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    public IReadOnlyDictionary<string, double> Expected { get; init; } = new Dictionary<string, double>();

    /// <summary>Published figures to compare with, by source.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>The recipe of <c>carousel train translate</c>.</summary>
    public static TranslationRecipe Default { get; } = new()
    {
        Description = "The default translation model: subwords of both languages together, an encoder in both directions, Luong attention, tied tables.",
        Model = new Seq2SeqConfig
        {
            SourceVocabularySize = 0,
            TargetVocabularySize = 0,
            Layers = 1,
            Dropout = 0.35f,
            ForgetBias = 0,
            Bidirectional = true,
            Bridge = BridgeKind.Final,
            Attention = AttentionKind.LuongGeneral,
            AttentionalSize = 256,
            Tied = TiedEmbeddings.All,
        },
        LabelSmoothing = 0.1f,
        Training = new TrainingConfig
        {
            Epochs = 15,
            BatchSize = 64,
            BucketBatches = 50,
            Optimizer = new AdamConfig { LearningRate = 2e-3 },
            Schedule = new OneCycleConfig(),
        },
    };

    /// <summary>Every problem that shows without the sentences, each as one sentence; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (Task != "translate")
        {
            yield return $"task is '{Task}', expected 'translate'";
        }

        if (Languages.Source == Languages.Target || Languages.Source.Length == 0 || Languages.Target.Length == 0)
        {
            yield return $"languages are '{Languages.Source}' and '{Languages.Target}', expected two that differ";
        }

        if (LongestSentence < 1 || LongestSentence > Model.MaxSourceLength)
        {
            yield return $"longest_sentence is {LongestSentence}, expected 1 … {Model.MaxSourceLength}, model.max_source_length";
        }

        if (LabelSmoothing is not (>= 0 and <= 1))
        {
            yield return $"label_smoothing is {LabelSmoothing}, expected 0 … 1";
        }

        foreach ((string name, float rate) in new[] { ("word_dropout", WordDropout), ("subword_splits", SubwordSplits), ("scheduled_sampling", ScheduledSampling) })
        {
            if (rate is not (>= 0 and < 1))
            {
                yield return $"{name} is {rate}, expected 0 ≤ p < 1";
            }
        }

        if (Model.Tied == TiedEmbeddings.All && !JointTokenizer)
        {
            yield return "model.tied is all, which needs joint_tokenizer to be true";
        }

        (string Part, IEnumerable<string> Problems)[] parts =
        [
            ("text", Text.Validate()), ("beam", Beam.Validate()), ("training", Training.Validate()), ("minimum_risk", MinimumRisk?.Validate() ?? []),
        ];
        foreach (string problem in parts.SelectMany(part => part.Problems.Select(problem => $"{part.Part}.{problem}")))
        {
            yield return problem;
        }
    }

    /// <summary>Fills in what only the tokenisers can tell: sizes of the vocabularies, and the marks for padding, beginning and end.</summary>
    /// <param name="source">The tokeniser of the source language.</param>
    /// <param name="target">The tokeniser of the target language.</param>
    public TranslationRecipe ResolvedFor(Tokenizer source, Tokenizer target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        return this with
        {
            Model = Model with
            {
                SourceVocabularySize = Model.SourceVocabularySize == 0 ? source.Count : Model.SourceVocabularySize,
                TargetVocabularySize = Model.TargetVocabularySize == 0 ? target.Count : Model.TargetVocabularySize,
                PaddingIndex = target.IdOf(Tokenizer.Padding),
                BeginIndex = target.IdOf(Tokenizer.Begin),
                EndIndex = target.IdOf(Tokenizer.End),
            },
        };
    }
}
