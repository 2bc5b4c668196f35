using Carousel.Autograd;
using Carousel.Metrics;
using Carousel.Numerics;

namespace Carousel.Tasks.Classification;

/// <summary>What a classifier says of one part of the data, and how good that is.</summary>
/// <param name="Probabilities">[sequences, labels] row-major.</param>
/// <param name="Report">Accuracy, scores of each label, confusion matrix.</param>
/// <param name="CrossEntropy">Mean of −log p of the true label, in nats.</param>
public sealed record ScoredSequences(float[] Probabilities, ClassificationReport Report, double CrossEntropy)
{
    // Sequences of similar length side by side: the products are filled and little padding is computed.
    private const int Batch = 64;

    // What a probability of 0 counts as; float32 gives it where the truth is e^−104 and less.
    private const double Least = 1e-45;

    /// <summary>Metrics by name, as reports and JSON spell them.</summary>
    public IReadOnlyDictionary<string, double> Metrics => new Dictionary<string, double>
    {
        ["accuracy"] = Report.Accuracy,
        ["macro_f1"] = Report.Macro.F1,
        ["micro_f1"] = Report.Micro.F1,
        ["nll"] = CrossEntropy,
    };

    /// <summary>Scores probabilities.</summary>
    /// <param name="probabilities">[sequences, labels] row-major.</param>
    /// <param name="sequences">The part.</param>
    public static ScoredSequences Of(float[] probabilities, LabelledSequences sequences)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(sequences);
        int labels = probabilities.Length / Math.Max(1, sequences.Count);
        int[] predicted = new int[sequences.Count];
        double sum = 0;
        for (int at = 0; at < predicted.Length; at++)
        {
            ReadOnlySpan<float> row = probabilities.AsSpan(at * labels, labels);
            predicted[at] = TensorPrimitives.IndexOfMax(row);
            sum -= Math.Log(Math.Max(Least, row[sequences.Labels[at]]));
        }

        return new ScoredSequences(probabilities, ClassificationReport.Of([.. sequences.Labels], predicted, Math.Max(1, labels)), sum / Math.Max(1, predicted.Length));
    }

    /// <summary>Runs a network on one part of the data. Which sequences share a batch changes no bit.</summary>
    /// <param name="network">Network and weights.</param>
    /// <param name="sequences">The part.</param>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public static ScoredSequences Of(ClassificationNetwork network, LabelledSequences sequences, Tape tape, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentNullException.ThrowIfNull(tape);
        int labels = network.Config.Labels.Count;
        float[] probabilities = new float[sequences.Count * labels];
        int[] order = [.. Enumerable.Range(0, sequences.Count).OrderBy(sequences.StepsOf)];
        for (int start = 0; start < order.Length; start += Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset(keepsWeights: start > 0);
            ReadOnlySpan<int> chosen = order.AsSpan(start, Math.Min(Batch, order.Length - start));
            SequenceBatch batch = SequenceBatch.Of(tape, sequences, chosen);
            Tensor logits = network.Forward(tape, batch.Inputs, batch.Lengths);
            for (int i = 0; i < chosen.Length; i++)
            {
                tape.Kernels.Softmax(logits.At(i).Values, probabilities.AsSpan(chosen[i] * labels, labels));
            }
        }

        tape.Reset();
        return Of(probabilities, sequences);
    }
}
