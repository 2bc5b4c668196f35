using Carousel.Optimizers;
using Carousel.Schedules;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>
/// How a trained translation model is trained on by what its own translations cost (minimum risk training, Shen et al. 2016): a beam search finds candidates for every sentence of
/// the training part, once; then the expected cost of the candidates, 1 − BLEU of the sentence, is minimised (as Edunov et al. 2018).
/// </summary>
public sealed record MinimumRiskConfig
{
    /// <summary>Candidates of each sentence, the beam with which they are looked for; 2 … 256.</summary>
    /// <value>8</value>
    public int Candidates { get; init; } = 8;

    /// <summary>By how much the differences between the candidates' scores are multiplied; above 0. More bring the best to the fore, fewer make all count alike.</summary>
    /// <value>1</value>
    public float Sharpness { get; init; } = 1;

    /// <summary>Weight of the references' loss beside the expected cost, 0 or more: it keeps the model a model of the language.</summary>
    /// <value>0.1</value>
    public float LikelihoodWeight { get; init; } = 0.1f;

    /// <summary>Dropout in place of the model's, 0 ≤ p &lt; 1.</summary>
    /// <value>0.1</value>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>How: by small steps. Models are chosen by the BLEU of the validation part.</summary>
    public TrainingConfig Training { get; init; } = new()
    {
        Epochs = 1,
        BatchSize = 32,
        BucketBatches = 50,
        Optimizer = new AdamConfig { LearningRate = 1e-4, Beta2 = 0.99 },
        Schedule = new CosineConfig(),
        EvaluateEvery = 200,
    };

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Candidates is < 2 or > 256)
        {
            yield return $"candidates is {Candidates}, expected 2 … 256";
        }

        if (!(Sharpness > 0 && float.IsFinite(Sharpness)))
        {
            yield return $"sharpness is {Sharpness}, expected a number above 0";
        }

        if (!(LikelihoodWeight >= 0 && float.IsFinite(LikelihoodWeight)))
        {
            yield return $"likelihood_weight is {LikelihoodWeight}, expected 0 or more";
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return $"dropout is {Dropout}, expected 0 ≤ p < 1";
        }

        foreach (string problem in Training.Validate())
        {
            yield return $"training.{problem}";
        }
    }
}
