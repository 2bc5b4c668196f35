using Carousel.Metrics;

namespace Carousel.Conformance.Cases;

internal sealed class ClassificationCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["classification"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        Assert.Equal(0, vector.Config.Number("zero_division", 0));
        int classes = vector.Config.Integer("classes");
        ClassificationReport report = ClassificationReport.Of(vector.Input("y_true").ToIntegers(), vector.Input("y_pred").ToIntegers(), classes);

        compare.Output("accuracy", report.Accuracy);
        compare.Output("confusion", Array.ConvertAll(report.Confusion.Counts.ToArray(), count => (double)count));
        compare.Output("support", [.. Enumerable.Range(0, classes).Select(label => (double)report.Confusion.OfClass(label))]);
        compare.Output("precision", [.. report.PerClass.Select(scores => scores.Precision)]);
        compare.Output("recall", [.. report.PerClass.Select(scores => scores.Recall)]);
        compare.Output("f1", [.. report.PerClass.Select(scores => scores.F1)]);
        Average(compare, "macro", report.Macro);
        Average(compare, "micro", report.Micro);
        Average(compare, "weighted", report.Weighted);
        if (vector.Config.Has("positive_class"))
        {
            Average(compare, "binary", report.PerClass[vector.Config.Integer("positive_class")]);
        }
    }

    private static void Average(Comparison compare, string average, ClassScores scores)
    {
        foreach ((string name, double value) in new[] { ("precision", scores.Precision), ("recall", scores.Recall), ("f1", scores.F1) })
        {
            if (compare.Expects($"{name}_{average}"))
            {
                compare.Output($"{name}_{average}", value);
            }
        }
    }
}
