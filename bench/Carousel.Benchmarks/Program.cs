using System.Globalization;
using Carousel.Benchmarks;

if (args is ["worker", { } count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) && threads > 0)
{
    new ComparisonWorker(threads, Console.In, Console.Out).Run();
    return 0;
}

Console.Error.WriteLine("usage: Carousel.Benchmarks worker THREADS     (see bench/comparison/README.md)");
return 2;
