using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>What every way of training a <see cref="Seq2Seq"/> on sentence pairs has in common.</summary>
public abstract class SentencePairTask : TrainingTask
{
    // One length more on the target side weighs more than any on the source side.
    private const int TargetStep = 1 << 12;

    private protected SentencePairTask(TranslationRecipe recipe, TranslationData data, Seq2Seq network) => (Recipe, Data, Network) = (recipe, data, network);

    /// <summary>The network in training.</summary>
    public Seq2Seq Network { get; }

    /// <inheritdoc/>
    public override string Name => "translate";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => Network.Parameters;

    /// <inheritdoc/>
    public override int Examples => Data.Train.Count;

    private protected TranslationRecipe Recipe { get; }

    private protected TranslationData Data { get; }

    /// <summary>By the target, among equals by the source: the steps of the decoder cost most.</summary>
    public override int LengthOf(int example) => LengthOf(Data.Train, example);

    /// <inheritdoc/>
    public override void SaveModel(string path) => TranslationModel.Save(path, Network, Data, Recipe);

    /// <summary>What pairs are sorted by for batches of similar length.</summary>
    internal static int LengthOf(TokenPairs pairs, int example) => (Math.Min(pairs.Target[example].Length, TargetStep) * TargetStep) + Math.Min(pairs.Source[example].Length, TargetStep - 1);
}
