using System.CommandLine;
using System.Globalization;

namespace Carousel.Cli.Commands;

/// <summary><c>--threads</c>: how many threads share the work; 1 … 1024, as many as there are processors unless given.</summary>
internal sealed class ThreadsOption : Option<int>
{
    private const int Most = 1024;

    public ThreadsOption()
        : base("--threads")
    {
        Description = "Threads to use; the result is the same for any number.";
        HelpName = "number";
        DefaultValueFactory = static _ => Environment.ProcessorCount;
        Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int threads) && threads is < 1 or > Most)
            {
                result.AddError($"--threads is {threads}, expected 1 … {Most}");
            }
        });
    }
}
