using Carousel.Data;
using Carousel.Optimizers;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Schedules;
using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>Everything that determines a transcriber but the recordings: what <c>recipes/*.json</c> hold and a run folder keeps as resolved.</summary>
public sealed record TranscriptionRecipe : IRecipe
{
    /// <summary>The task this recipe is for.</summary>
    /// <value>transcribe</value>
    public string Task { get; init; } = "transcribe";

    /// <summary>Name of the recipe, for people.</summary>
    public string Name { get; init; } = "transcribe";

    /// <summary>What the recipe reproduces, on which data, from which publication.</summary>
    public string Description { get; init; } = "";

    /// <summary>What one label is.</summary>
    /// <value>character</value>
    public TextUnit Unit { get; init; } = TextUnit.Character;

    /// <summary>Which utterances are held out where the data do not say.</summary>
    public HoldOutConfig HoldOut { get; init; } = new();

    /// <summary>How utterances are joined from recordings of single words; null for data that hold whole utterances.</summary>
    /// <value>null</value>
    public JoinedRecordings? Joined { get; init; }

    /// <summary>How recordings are changed at random each time they are trained on; without meaning for frames computed elsewhere.</summary>
    public AudioAugmentation Audio { get; init; } = new();

    /// <summary>How frames are changed at random each time they are trained on.</summary>
    public FrameAugmentation Frames { get; init; } = new();

    /// <summary>What of the time steps is hidden each time they are trained on.</summary>
    public SpecAugment Masks { get; init; } = new();

    /// <summary>What the transcriber is. Labels of 0 are taken from the training transcripts, a network input of 0 from the features.</summary>
    public TranscriberConfig Model { get; init; } = new() { Labels = 0 };

    /// <summary>How the network is trained. The loss is the mean over the utterances of nats per label.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>The language model that is made from the training transcripts and stored in the model file.</summary>
    public NGramConfig LanguageModel { get; init; } = new();

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    public IReadOnlyDictionary<string, double> Expected { get; init; } = new Dictionary<string, double>();

    /// <summary>Published figures to compare with, by source.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>The recipe of <c>carousel train transcribe</c>.</summary>
    public static TranscriptionRecipe Default { get; } = new()
    {
        Description = "The default transcriber: characters, two LSTM layers in both directions, chosen by its character errors on the validation part.",
        Frames = new FrameAugmentation { Speed = 0.1f, Warp = 0.1f, Noise = 0.2f },
        Masks = new SpecAugment { TimeMasks = 2 },
        Model = new TranscriberConfig
        {
            Labels = 0,
            Features = new AudioFeaturesConfig { Normalisation = UtteranceNormalisation.MeanAndDeviation, Deltas = 1, Stack = 2 },
            Network = new SequentialConfig(new LstmConfig(0, 192) { Layers = 2, Bidirectional = true, Dropout = 0.3f }, new DropoutConfig(0, 0.3f)),
        },
        Training = new TrainingConfig
        {
            Epochs = 40,
            BatchSize = 16,
            BucketBatches = 8,
            Optimizer = new AdamWConfig { LearningRate = 2e-3 },
            Schedule = new OneCycleConfig(),
            Averaging = new AveragingConfig { Decay = 0.995 },
        },
    };

    /// <summary>Every problem that shows without the data, each as one sentence; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (Task != "transcribe")
        {
            yield return $"task is '{Task}', expected 'transcribe'";
        }

        if (!Enum.IsDefined(Unit))
        {
            yield return $"unit is {(int)Unit}, expected word or character";
        }

        foreach (string problem in (Joined?.Validate() ?? []).Select(problem => $"joined.{problem}"))
        {
            yield return problem;
        }

        foreach (string problem in HoldOut.Validate().Select(problem => $"hold_out.{problem}")
            .Concat(Audio.Validate().Select(problem => $"audio.{problem}"))
            .Concat(Frames.Validate().Select(problem => $"frames.{problem}"))
            .Concat(Masks.Validate().Select(problem => $"masks.{problem}"))
            .Concat(LanguageModel.Validate().Select(problem => $"language_model.{problem}"))
            .Concat(Training.Validate().Select(problem => $"training.{problem}")))
        {
            yield return problem;
        }
    }

    /// <summary>Reads the utterances of a data set.</summary>
    /// <param name="path">File or folder.</param>
    /// <exception cref="DataFileException">It cannot be read.</exception>
    /// <exception cref="AudioFileException">A recording cannot be read.</exception>
    public SpeechCorpus ReadCorpus(string path) => Joined is null ? SpeechCorpus.Read(path, Model.Features) : Joined.Read(path, Model.Features);

    /// <summary>Fills in what only the data can tell: the number of labels; and the network's input width.</summary>
    /// <param name="labels">Those of the training transcripts.</param>
    public TranscriptionRecipe ResolvedFor(VocabularyTokenizer labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return this with
        {
            Model = Model with
            {
                Labels = Model.Labels == 0 ? labels.Count : Model.Labels,
                Network = Model.Network.InputFeatures == 0 ? Model.Network.WithInput(Model.Features.StepFeatures) : Model.Network,
            },
        };
    }
}
