using Carousel.Losses;
using Carousel.Numerics;

namespace Carousel.Conformance.Cases;

/// <summary>Losses of logits against classes: cross-entropy, distillation, CTC.</summary>
internal sealed class ClassificationLossCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["cross_entropy", "distillation", "ctc"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        var run = new DifferentiableCase(vector, compare);
        Tensor loss = vector.Kind switch
        {
            "cross_entropy" => CrossEntropy(vector, compare, run),
            "distillation" => Distillation(vector, compare, run),
            _ => Ctc(vector, compare, run),
        };
        run.Output("loss", loss);
        run.Backward(loss);
    }

    private static Tensor CrossEntropy(ConformanceCase vector, Comparison compare, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        config.AllowOnly("classes", "ignore_index", "label_smoothing", "reduction", "class_weights", "logits_layout");
        if (config.Text("logits_layout", "(N,C)") is not ("(N,C)" or "(N,T,C)" or "(T,N,C)"))
        {
            throw new InvalidDataException($"logits_layout '{config.Text("logits_layout")}'");
        }

        Tensor logits = run.Input("logits");
        int[] targets = vector.Input("target").ToIntegers();
        int? ignore = config.Has("ignore_index") ? config.Integer("ignore_index") : null;
        Tensor? weights = config.Flag("class_weights", false) ? Tensor.From(vector.Input("weight").ToFloats(), vector.Input("weight").Shape) : null;
        Tensor Loss(Reduction reduction) => run.Tape.CrossEntropy(logits, targets, ignore, (float)config.Number("label_smoothing", 0), weights, reduction);
        if (compare.Expects("per_item"))
        {
            compare.Output("per_item", Loss(Reduction.None).Values);
        }

        return Loss(RegressionLossCases.ReductionOf(config));
    }

    private static Tensor Distillation(ConformanceCase vector, Comparison compare, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        config.AllowOnly("alpha", "temperature", "kl_direction", "batch_reduction", "log_base");
        if ((config.Text("kl_direction"), config.Text("batch_reduction"), config.Text("log_base")) is not ("KL(teacher || student)", "mean over items", "e"))
        {
            throw new InvalidDataException("distillation is KL(teacher || student) in nats, averaged over items");
        }

        Tensor student = run.Input("student_logits"), teacher = Tensor.From(vector.Input("teacher_logits").ToFloats(), vector.Input("teacher_logits").Shape);
        int[] targets = vector.Input("target").ToIntegers();
        float temperature = (float)config.Number("temperature");
        compare.Output("cross_entropy", run.Tape.CrossEntropy(student, targets).Values);
        compare.Output("kl", run.Tape.Divergence(student, teacher, temperature).Values);
        return run.Tape.Distillation(student, teacher, targets, (float)config.Number("alpha"), temperature);
    }

    private static Tensor Ctc(ConformanceCase vector, Comparison compare, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        config.AllowOnly("classes", "blank", "reduction", "zero_infinity", "input_lengths", "target_lengths", "logits_layout", "targets_layout");
        if (config.Text("logits_layout", "(T,N,C)") != "(T,N,C)")
        {
            throw new InvalidDataException($"logits_layout '{config.Text("logits_layout")}'");
        }

        Tensor logits = run.Input("logits");
        CaseTensor padded = vector.Input("targets");
        int[] lengths = config.Integers("target_lengths"), labels = padded.ToIntegers();
        int[][] targets = [.. lengths.Select((length, i) => labels.AsSpan(i * padded.Shape[1], length).ToArray())];
        Tensor Loss(Reduction reduction, bool zeroInfinity) =>
            run.Tape.Ctc(logits, targets, config.Integers("input_lengths"), config.Integer("blank", 0), zeroInfinity, reduction);
        bool zeroInfinity = config.Flag("zero_infinity", false);
        compare.Output("per_sequence", Loss(Reduction.None, zeroInfinity).Values);
        compare.Output("per_sequence_without_zero_infinity", Loss(Reduction.None, zeroInfinity: false).Values);
        return Loss(RegressionLossCases.ReductionOf(config), zeroInfinity);
    }
}
