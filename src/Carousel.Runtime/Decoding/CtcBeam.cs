using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// A text that <see cref="CtcBeamSearch"/> follows: ln of its probability by the alignments that end in a blank, and by those that end in its last label; the best single
/// alignment of each kind, and its path.
/// </summary>
internal struct CtcBeam
{
    /// <summary>The text, in the <see cref="TextTree"/> of the search.</summary>
    public int Text;

    /// <summary>Over all alignments that end in a blank.</summary>
    public double Blank;

    /// <summary>Over all that end in the last label.</summary>
    public double Label;

    /// <summary>Of the best that ends in a blank.</summary>
    public double BestBlank;

    /// <summary>Of the best that ends in the last label.</summary>
    public double BestLabel;

    /// <summary>When the labels were heard by the best alignment that ends in a blank, in <see cref="LabelPaths"/>.</summary>
    public int BlankPath;

    /// <summary>The same for the one that ends in the last label.</summary>
    public int LabelPath;

    /// <summary>Nothing heard yet: the empty text, for certain.</summary>
    public static CtcBeam Silence => new() { Text = TextTree.Empty, Label = double.NegativeInfinity, BestLabel = double.NegativeInfinity };

    /// <summary>ln p(text): over all alignments.</summary>
    public readonly double Total => LogSum(Blank, Label);

    /// <summary>Of the best alignment.</summary>
    public readonly double Best => Math.Max(BestBlank, BestLabel);

    /// <summary>When it heard the labels.</summary>
    public readonly int BestPath => BestBlank >= BestLabel ? BlankPath : LabelPath;

    /// <summary>ln(eᵃ + eᵇ).</summary>
    public static double LogSum(double a, double b)
    {
        double high = Math.Max(a, b), low = Math.Min(a, b);
        return double.IsNegativeInfinity(low) ? high : high + Math.Log(1 + Math.Exp(low - high));
    }

    /// <summary>Writes the sums and the numbers of the paths; the text is for whoever knows the tree.</summary>
    public readonly void Save(StateWriter state)
    {
        state.Double(Blank);
        state.Double(Label);
        state.Double(BestBlank);
        state.Double(BestLabel);
        state.Long(BlankPath);
        state.Long(LabelPath);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="state">Where from.</param>
    /// <param name="text">The text it belongs to.</param>
    /// <param name="paths">How many paths there are.</param>
    /// <exception cref="InvalidDataException">The number of a path is none of theirs.</exception>
    public static CtcBeam Restore(StateReader state, int text, int paths) => new()
    {
        Text = text,
        Blank = state.Double(),
        Label = state.Double(),
        BestBlank = state.Double(),
        BestLabel = state.Double(),
        BlankPath = state.Int(0, paths - 1),
        LabelPath = state.Int(0, paths - 1),
    };
}
