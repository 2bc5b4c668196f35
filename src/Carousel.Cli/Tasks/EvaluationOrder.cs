namespace Carousel.Cli.Tasks;

/// <summary>What <c>evaluate</c> was asked for.</summary>
/// <param name="Model">The model file.</param>
/// <param name="Data">File or folder with the data.</param>
/// <param name="Part">train, valid or test.</param>
/// <param name="Threads">Threads to use.</param>
internal sealed record EvaluationOrder(string Model, string Data, string Part, int Threads);
