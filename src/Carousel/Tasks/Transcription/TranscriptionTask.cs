using Carousel.Autograd;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>
/// Trains a <see cref="TranscriptionNetwork"/> by connectionist temporal classification: no alignment of labels and frames is given. Each time an utterance is seen it is
/// changed at random. Models are chosen by the character errors of greedy decoding on the validation part.
/// </summary>
public sealed class TranscriptionTask : TrainingTask
{
    private readonly TranscriptionRecipe _recipe;
    private readonly TranscriptionData _data;
    private readonly AudioFeatures _features;
    private readonly AudioAugmenter? _audio;
    private readonly int[][] _labels;

    /// <summary>Makes the task with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">Resolved for the data.</param>
    /// <param name="data">The utterances.</param>
    /// <exception cref="ArgumentException">The recipe's model has problems; all are listed.</exception>
    public TranscriptionTask(TranscriptionRecipe recipe, TranscriptionData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        (_recipe, _data) = (recipe, data);
        Network = new TranscriptionNetwork(recipe.Model, new RandomSource(recipe.Training.Seed));
        _labels = [.. data.Train.Select(utterance => LabelText.Encode(utterance.Text, data.Labels))];
        _features = new AudioFeatures(recipe.Model.Features, data.Scaler);
        _audio = recipe.Audio == new AudioAugmentation() ? null : new AudioAugmenter(recipe.Audio, recipe.Model.Features.SampleRate);
    }

    /// <summary>The network in training.</summary>
    public TranscriptionNetwork Network { get; }

    /// <inheritdoc/>
    public override string Name => "transcribe";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => Network.Parameters;

    /// <inheritdoc/>
    public override int Examples => _data.Train.Count;

    /// <inheritdoc/>
    public override string Unit => "frames";

    /// <inheritdoc/>
    public override int LengthOf(int example) => _data.Train[example].FrameCount;

    /// <inheritdoc/>
    public override int ItemsIn(ReadOnlySpan<int> examples)
    {
        int frames = 0;
        foreach (int example in examples)
        {
            frames += LengthOf(example);
        }

        return frames;
    }

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int[] chosen = examples.ToArray();
        RandomSource[] randoms = [.. chosen.Select(_ => tape.Random.Fork())];
        var steps = new float[chosen.Length][];
        tape.Workers.Run(chosen.Length, i => steps[i] = Changed(_data.Train[chosen[i]], randoms[i]));
        UtteranceBatch batch = UtteranceBatch.Of(tape, _recipe.Model.Features.StepFeatures, steps);
        (Tensor logits, int[] lengths) = Network.Forward(tape, batch.Steps, batch.Lengths);

        // A change of tempo can leave an utterance too short for its labels, a few times in a run: it then teaches nothing.
        Tensor losses = tape.Ctc(logits, [.. chosen.Select(i => _labels[i])], lengths, TranscriberConfig.Blank, zeroInfinity: true, Reduction.Mean);
        return (losses, null);
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        TranscriptionScore score = TranscriptionScore.Of(_data.Valid, TranscriptionModel.Greedy(TranscriptionModel.Logits(Network, _data.Scaler, _data.Valid, tape, cancellation), _data.Labels));
        return new Evaluation(score.Characters.Value, _data.Valid.Count, score.Metrics);
    }

    /// <inheritdoc/>
    public override void SaveModel(string path) => TranscriptionModel.Save(path, Network, _data, _recipe);

    private float[] Changed(Utterance utterance, RandomSource random)
    {
        AudioFeaturesConfig config = _features.Config;
        float[] changed = utterance.Clip is { } clip && _audio is not null ? _features.FramesOf(clip with { Samples = _audio.Apply(clip.Samples.Span, random) }) : [];
        float[] frames = changed.Length > 0 ? changed : utterance.Frames;
        float[] steps = _features.OfFrames(_recipe.Frames.Distort(frames, config.BaseFeatures, config.Kind != AudioFeatureKind.LogMel, random));
        _recipe.Frames.Disturb(steps, random);
        _recipe.Masks.Apply(steps, config.StepFeatures, config.BaseFeatures, random);
        return steps;
    }
}
