using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>Learning from a teacher's answers as well as from the true ones (Hinton et al. 2015).</summary>
public static class DistillationLoss
{
    /// <summary>α·CE(z_S, y) + (1 − α)·T²·KL(softmax(z_T/T) ‖ softmax(z_S/T)); the factor T² keeps the gradients' size when T changes.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="student">z_S […, C], logits.</param>
    /// <param name="teacher">z_T, the same shape; a constant.</param>
    /// <param name="targets">The class of each row.</param>
    /// <param name="alpha">α, weight of the true answers, 0 … 1.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="ignoreIndex">Rows with this target count in neither part; null to ignore none.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats), or one term per row […].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, a target is no class, or α or T is out of range.</exception>
    public static Tensor Distillation(this Tape tape, Tensor student, Tensor teacher, ReadOnlySpan<int> targets, float alpha, float temperature,
        int? ignoreIndex = null, Reduction reduction = Reduction.Mean)
    {
        if (!(alpha >= 0 && alpha <= 1))
        {
            throw new ArgumentException($"distillation: alpha is {alpha}, expected 0 … 1", nameof(alpha));
        }

        Tensor hard = tape.CrossEntropy(student, targets, ignoreIndex, reduction: reduction);
        Tensor soft = Divergence(tape, student, teacher, temperature, CrossEntropyLoss.CheckedLabels(student, targets, ignoreIndex), reduction);
        return tape.Add(tape.Scale(hard, alpha), tape.Scale(soft, (1 - alpha) * temperature * temperature));
    }

    /// <summary>KL(softmax(z_T/T) ‖ softmax(z_S/T)) = Σ_c p_c·(ln p_c − ln q_c), p the teacher's and q the student's (Kullback &amp; Leibler 1951).</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="student">z_S […, C], finite logits.</param>
    /// <param name="teacher">z_T, the same shape, finite; a constant.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats), or one term per row […].</returns>
    /// <exception cref="ArgumentException">The shapes differ, or T is not above 0.</exception>
    public static Tensor Divergence(this Tape tape, Tensor student, Tensor teacher, float temperature = 1, Reduction reduction = Reduction.Mean) =>
        Divergence(tape, student, teacher, temperature, labels: null, reduction);

    private static Tensor Divergence(Tape tape, Tensor student, Tensor teacher, float temperature, int[]? labels, Reduction reduction)
    {
        if (student.Rank == 0 || !student.Shape.SequenceEqual(teacher.Shape))
        {
            throw new ArgumentException($"divergence: student {student} and teacher {teacher} must have one shape […, C]", nameof(teacher));
        }

        if (!(temperature > 0))
        {
            throw new ArgumentException($"divergence: temperature is {temperature}, expected a number above 0", nameof(temperature));
        }

        int classes = student.Shape[^1];
        Tensor terms = tape.Empty(student.Shape[..^1]), slopes = tape.Empty(student.Shape);
        Tensor teacherShares = tape.Empty(student.Shape), ratios = tape.Empty(student.Shape);
        Rows.ForEach(tape, terms.Length, row =>
        {
            Span<float> q = Row(slopes), p = Row(teacherShares), ratio = Row(ratios);
            if (labels?[row] < 0)
            {
                terms.Values[row] = 0;
                q.Clear();
                return;
            }

            TensorPrimitives.Divide(Row(student), temperature, q);
            TensorPrimitives.Divide(Row(teacher), temperature, p);
            TensorPrimitives.Subtract(p, q, ratio);
            float studentLogSum = tape.Kernels.Softmax(q, q), teacherLogSum = tape.Kernels.Softmax(p, p);
            TensorPrimitives.Add(ratio, studentLogSum - teacherLogSum, ratio);
            terms.Values[row] = tape.Kernels.Dot(p, ratio);
            TensorPrimitives.Subtract(q, p, q);
            TensorPrimitives.Divide(q, temperature, q);

            Span<float> Row(Tensor tensor) => tensor.Values.Slice(row * classes, classes);
        });
        tape.Record("divergence", [terms], [student], () => Rows.AddScaled(tape, terms, slopes, student));
        return LossTerms.Reduce(tape, terms, reduction, labels?.Count(label => label >= 0) ?? terms.Length);
    }
}
