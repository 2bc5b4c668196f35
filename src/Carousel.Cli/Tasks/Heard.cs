using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Predictors;

namespace Carousel.Cli.Tasks;

/// <summary>One utterance of <c>carousel transcribe</c>.</summary>
/// <param name="Input">The file it is from, or <c>-</c>.</param>
/// <param name="Start">Seconds from the beginning of the input to that of the utterance.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Transcript">What was heard; its times count from <paramref name="Start"/>.</param>
internal sealed record Heard(string Input, double Start, double Seconds, Transcript Transcript)
{
    /// <summary>For scripts; times count from the beginning of the input.</summary>
    public JsonObject Document() => new()
    {
        ["input"] = Input,
        ["start"] = JsonNumber.Of(Start),
        ["seconds"] = JsonNumber.Of(Seconds),
        ["text"] = Transcript.Text,
        ["score"] = JsonNumber.Of(Transcript.Score),
        ["words"] = new JsonArray([.. Transcript.Words.Select(word => (JsonNode)new JsonObject
        {
            ["text"] = word.Text,
            ["start"] = JsonNumber.Of(Start + word.Start),
            ["end"] = JsonNumber.Of(Start + word.End),
            ["confidence"] = JsonNumber.Of(word.Confidence),
        })]),
    };

    /// <summary>For people.</summary>
    public string Line() => string.Create(CultureInfo.InvariantCulture, $"{Input}  {Start:F2} s  {Transcript.Text}");
}
