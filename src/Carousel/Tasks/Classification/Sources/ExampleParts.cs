using System.Globalization;
using Carousel.Data;
using Carousel.Numerics;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>The examples of a data set in three parts.</summary>
/// <typeparam name="TContent">What is classified.</typeparam>
/// <param name="Name">The file or folder, for people.</param>
/// <param name="Train">To learn from.</param>
/// <param name="Valid">To choose by.</param>
/// <param name="Test">To report.</param>
public sealed record ExampleParts<TContent>(string Name, IReadOnlyList<Example<TContent>> Train, IReadOnlyList<Example<TContent>> Valid, IReadOnlyList<Example<TContent>> Test)
{
    // The cut is part of the data, not of the training: it does not change with the run's seed.
    private const ulong CutSeed = 1;

    /// <summary>Fills a part that is empty with a share of the training part, the same share of each label, drawn at random but always the same.</summary>
    /// <param name="validShare">Of the training part, 0 … 1.</param>
    /// <param name="testShare">Of the training part, 0 … 1.</param>
    /// <exception cref="DataFileException">There are too few examples.</exception>
    public ExampleParts<TContent> HeldOut(double validShare, double testShare)
    {
        int[] order = [.. Enumerable.Range(0, Train.Count)];
        new RandomSource(CutSeed).Shuffle(order.AsSpan());
        string[] part = new string[Train.Count];
        foreach (IGrouping<string, int> label in order.GroupBy(at => Train[at].Label))
        {
            int[] own = [.. label];
            int valid = Valid.Count > 0 ? 0 : (int)Math.Round(validShare * own.Length, MidpointRounding.AwayFromZero);
            int test = Test.Count > 0 ? 0 : (int)Math.Round(testShare * own.Length, MidpointRounding.AwayFromZero);
            for (int at = 0; at < own.Length; at++)
            {
                part[own[at]] = at < valid ? "valid" : at < valid + test ? "test" : "train";
            }
        }

        ExampleParts<TContent> cut = this with
        {
            Train = Of("train"),
            Valid = Valid.Count > 0 ? Valid : Of("valid"),
            Test = Test.Count > 0 ? Test : Of("test"),
        };
        foreach ((string name, IReadOnlyList<Example<TContent>> examples) in new[] { ("training", cut.Train), ("validation", cut.Valid), ("test", cut.Test) })
        {
            if (examples.Count == 0)
            {
                throw new DataFileException(PartFiles.FolderName(Name), string.Create(CultureInfo.InvariantCulture,
                    $"{Train.Count} examples leave none for the {name} part at shares of {validShare} and {testShare}; give more examples, larger shares, or files for each part"));
            }
        }

        return cut;

        Example<TContent>[] Of(string name) => [.. Train.Where((_, at) => part[at] == name)];
    }

    /// <summary>The labels of the training part: numbers by size, others by name.</summary>
    /// <exception cref="DataFileException">There are fewer than two.</exception>
    public IReadOnlyList<string> Labels()
    {
        string[] labels = [.. Train.Select(example => example.Label).Distinct()];
        if (labels.Length < 2)
        {
            throw new DataFileException(PartFiles.FolderName(Name), $"all {Train.Count} training examples have the label '{Train[0].Label}', expected two or more labels to tell apart");
        }

        double[] numbers = [.. labels.Select(label => double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        Array.Sort(labels, StringComparer.Ordinal);
        return numbers.Any(double.IsNaN) ? labels : [.. labels.OrderBy(label => double.Parse(label, NumberStyles.Float, CultureInfo.InvariantCulture))];
    }
}
