namespace Carousel.Cli.Benchmarks;

/// <summary>One line of <c>carousel bench kernels</c>.</summary>
/// <param name="Set">Name of the kernel set.</param>
/// <param name="Kernel">Name of the kernel.</param>
/// <param name="Shape">M×N×K of a product, or the sizes of the operands.</param>
/// <param name="Threads">Number of threads.</param>
/// <param name="Us">Duration of one call, median, in microseconds.</param>
/// <param name="Gops">Arithmetic operations per second, in units of 10⁹; a multiply-add counts as two, a division or root as one.</param>
/// <param name="PeakGops">What multiply-adds in registers reached between the calls, with the same set and number of threads.</param>
/// <param name="Fraction"><paramref name="Gops"/> / <paramref name="PeakGops"/></param>
/// <param name="GigabytesPerSecond">Operands read and results written, each counted once, per second, in units of 10⁹ bytes.</param>
internal sealed record KernelRow(string Set, string Kernel, string Shape, int Threads, double Us, double Gops, double PeakGops, double Fraction, double GigabytesPerSecond);
