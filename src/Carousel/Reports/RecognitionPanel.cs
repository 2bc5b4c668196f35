using Carousel.Metrics;

namespace Carousel.Reports;

/// <summary>What a recogniser got wrong.</summary>
/// <param name="Split">The part of the data: <c>test</c>.</param>
/// <param name="Errors">Errors of each kind of item, and of each way of decoding, by name.</param>
/// <param name="Worst">Utterances with errors, the worst first.</param>
public sealed record RecognitionPanel(string Split, IReadOnlyList<KeyValuePair<string, ErrorRate>> Errors, IReadOnlyList<MisheardUtterance> Worst);

/// <summary>One utterance that was not understood.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Said">What was said.</param>
/// <param name="Heard">What was recognised.</param>
public sealed record MisheardUtterance(string Name, string Said, string Heard);
