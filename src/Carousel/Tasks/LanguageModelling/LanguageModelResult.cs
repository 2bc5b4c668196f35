using Carousel.Data;
using Carousel.Metrics;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>A trained language model and how good it is.</summary>
/// <param name="Recipe">As resolved for the text.</param>
/// <param name="Data">The text.</param>
/// <param name="Summary">The training run.</param>
/// <param name="Model">With the best weights.</param>
/// <param name="Valid">The validation part as one stream.</param>
/// <param name="Test">The test part as one stream.</param>
public sealed record LanguageModelResult(LanguageModelRecipe Recipe, LanguageModelData Data, RunSummary Summary, LanguageModel Model, Perplexity Valid, Perplexity Test)
{
    /// <summary>Metrics of the validation part by name.</summary>
    public IReadOnlyDictionary<string, double> ValidMetrics => LanguageModel.Metrics(Valid, Data.Tokenizer, Data.Valid);

    /// <summary>Metrics of the test part by name.</summary>
    public IReadOnlyDictionary<string, double> TestMetrics => LanguageModel.Metrics(Test, Data.Tokenizer, Data.Test);

    /// <summary>Tokens learned from per second of training, measuring between epochs included.</summary>
    public double TokensPerSecond
    {
        get
        {
            var text = new TextStreams(Data.Train, Recipe.Training.BatchSize, Recipe.Steps);
            return (double)text.Targets * Summary.Steps / text.Chunks / Summary.Seconds;
        }
    }
}
