using Carousel.Data;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Transcription;

/// <summary>Utterances as a transcriber takes them.</summary>
/// <param name="Name">File or folder, for people.</param>
/// <param name="Labels">The labels: the characters or words of the training transcripts.</param>
/// <param name="Scaler">Fitted on the frames of the training part.</param>
/// <param name="Train">To train on: those long enough for their labels.</param>
/// <param name="Valid">To choose by.</param>
/// <param name="Test">To report on.</param>
public sealed record TranscriptionData(string Name, VocabularyTokenizer Labels, StandardScaler Scaler, IReadOnlyList<Utterance> Train, IReadOnlyList<Utterance> Valid, IReadOnlyList<Utterance> Test)
{
    // Labels named in a warning.
    private const int MostShown = 12;

    /// <summary>Made from the training transcripts; null when the recipe asks for none.</summary>
    public NGramModel? LanguageModel { get; init; }

    /// <summary>What people should know about the data.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Fits labels and scaler to the training part, and leaves out what cannot be trained on.</summary>
    /// <param name="corpus">The utterances.</param>
    /// <param name="recipe">What one label is, features, what is held out.</param>
    /// <exception cref="DataFileException">A part is empty, no training utterance has a text, frames have other features than the recipe says, or no utterance can be trained on.</exception>
    public static TranscriptionData Of(SpeechCorpus corpus, TranscriptionRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(recipe);
        (IReadOnlyList<Utterance> train, IReadOnlyList<Utterance> valid, IReadOnlyList<Utterance> test) = corpus.Parts(recipe.HoldOut);
        AudioFeaturesConfig features = recipe.Model.Features;
        foreach (Utterance utterance in train.Concat(valid).Concat(test))
        {
            if (utterance.FrameFeatures != features.BaseFeatures)
            {
                throw new DataFileException(utterance.Name, $"has frames of {utterance.FrameFeatures} features, expected {features.BaseFeatures}, as the recipe's features say");
            }
        }

        string[] tokens = [.. train.SelectMany(utterance => LabelText.Split(utterance.Text, recipe.Unit)).Distinct().Order(StringComparer.Ordinal)];
        if (tokens.Length == 0)
        {
            throw new DataFileException(corpus.Name, "no training utterance has a text, so there is nothing to learn to hear; check the transcripts");
        }

        string[] unseen = [.. valid.Concat(test).SelectMany(utterance => LabelText.Split(utterance.Text, recipe.Unit)).Distinct().Except(tokens).Order(StringComparer.Ordinal)];
        VocabularyTokenizer labels = recipe.Unit == TextUnit.Word ? new WordTokenizer(tokens) : new CharacterTokenizer(tokens);
        NGramConfig language = recipe.LanguageModel;
        return new TranscriptionData(corpus.Name, labels, Fit(train, features), train, valid, test)
        {
            Warnings = unseen.Length == 0 ? [] : [$"{unseen.Length} labels of the validation and test part are in no training transcript and will never be heard: {string.Join(' ', unseen.Take(MostShown))}{(unseen.Length > MostShown ? " …" : "")}"],
            LanguageModel = language.Order == 0 ? null : NGramFit.Of(train.Select(utterance => LabelText.Split(utterance.Text, language.Unit).ToArray()), language.Unit, language.Order),
        }.WithoutShort(recipe.Model);
    }

    /// <summary>Time steps that labels need at least: one each, and a blank between two equal ones.</summary>
    /// <param name="labels">Classes.</param>
    public static int StepsFor(ReadOnlySpan<int> labels)
    {
        int steps = labels.Length;
        for (int at = 1; at < labels.Length; at++)
        {
            steps += labels[at] == labels[at - 1] ? 1 : 0;
        }

        return steps;
    }

    private TranscriptionData WithoutShort(TranscriberConfig model)
    {
        Utterance[] kept = [.. Train.Where(utterance => StepsFor(LabelText.Encode(utterance.Text, Labels)) <= StepsOf(model, utterance))];
        if (kept.Length == Train.Count)
        {
            return this;
        }

        Utterance first = Train.First(utterance => !kept.Contains(utterance));
        string problem = $"{first.Name} has {StepsOf(model, first)} time steps for labels that need {StepsFor(LabelText.Encode(first.Text, Labels))}";
        return kept.Length > 0
            ? this with { Train = kept, Warnings = [.. Warnings, $"{Train.Count - kept.Length} of {Train.Count} training utterances are too short for their labels and left out: {problem}"] }
            : throw new DataFileException(Name, $"no training utterance is long enough for its labels: {problem}; stack fewer frames, or check the transcripts");
    }

    private static int StepsOf(TranscriberConfig model, Utterance utterance)
    {
        int steps = (utterance.FrameCount + model.Features.Stack - 1) / model.Features.Stack;
        return model.OutputSteps(steps);
    }

    private static StandardScaler Fit(IReadOnlyList<Utterance> train, AudioFeaturesConfig config)
    {
        // One frame a step, so that a frame that fills up the last step does not count twice.
        var features = new AudioFeatures(config with { Stack = 1 });
        int width = config.FrameFeatures;
        double[] sums = new double[width], squares = new double[width];
        long count = 0;
        foreach (float[] frames in train.Select(utterance => features.OfFrames(utterance.Frames)))
        {
            count += frames.Length / width;
            for (int at = 0; at < frames.Length; at++)
            {
                sums[at % width] += frames[at];
                squares[at % width] += (double)frames[at] * frames[at];
            }
        }

        double[] means = [.. sums.Select(sum => sum / count)];
        return new StandardScaler(config.FeatureNames, means, [.. squares.Select((square, i) => Math.Sqrt(Math.Max(0, (square / count) - (means[i] * means[i]))))]);
    }
}
