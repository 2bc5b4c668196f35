namespace Carousel.Benchmarks;

/// <summary>One LSTM layer stack and the sequence it runs over.</summary>
/// <param name="Input">I</param>
/// <param name="Hidden">H</param>
/// <param name="Layers">L</param>
/// <param name="Steps">T</param>
/// <param name="Batch">B</param>
internal sealed record LstmShape(int Input, int Hidden, int Layers, int Steps, int Batch);
