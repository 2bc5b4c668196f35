// A trained network, one time step per line: numbers on standard input, the network's outputs on standard output, at once.
//
//   dotnet run -c Release --project samples/streaming -- model.safetensors [state.safetensors] < ticks.txt
//
// With a second file the stream goes on where it ended the last time.
using System.Globalization;
using Carousel.Runtime.Streams;

if (args.Length is 0 or > 2)
{
    Console.Error.WriteLine("usage: streaming MODEL [STATE] < lines of numbers");
    return 2;
}

using CompiledModel model = CompiledModel.Load(args[0]);         // immutable: any number of streams, on any threads
using ModelStream stream = model.OpenStream();                   // owns what is remembered
string? saved = args.Length > 1 ? args[1] : null;
if (File.Exists(saved))
{
    stream.Restore(StreamState.Load(saved, model));              // a state of other weights is refused
}

float[] x = new float[model.InputSize], y = new float[model.OutputSize];
while (Console.ReadLine() is { } line)
{
    string[] numbers = line.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
    if (numbers.Length != x.Length)
    {
        Console.Error.WriteLine($"a line has {numbers.Length} numbers, expected {x.Length}");
        return 1;
    }

    for (int at = 0; at < x.Length; at++)
    {
        x[at] = float.Parse(numbers[at], CultureInfo.InvariantCulture);
    }

    stream.Step(x, y);                                           // allocates nothing
    Console.WriteLine(string.Join(' ', y.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
}

if (saved is not null)
{
    stream.Snapshot().Save(saved);                               // a value: also copied, compared, forked
}

return 0;
