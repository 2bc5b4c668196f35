namespace Carousel.Cli.Tests;

/// <summary>Model files that are damaged or something else: evaluate, forecast and inspect refuse them by name.</summary>
public sealed class WrongModelTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public static TheoryData<string> Commands => ["evaluate", "forecast", "inspect"];

    public void Dispose() => _workplace.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Truncated_at_any_length_is_refused(string command)
    {
        byte[] whole = await ModelAsync();
        foreach (int length in new[] { 0, 1, 7, 8, 9, 500, whole.Length / 2, whole.Length - 4, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(_workplace.Model, whole[..length], TestContext.Current.CancellationToken);

            Workplace.AssertFails(await RunAsync(command, _workplace.Model), 1, _workplace.Model, "is truncated");
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task One_bit_flipped_anywhere_is_refused(string command)
    {
        byte[] whole = await ModelAsync();
        for (int at = 3; at < whole.Length; at += whole.Length / 40)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(_workplace.Model, damaged, TestContext.Current.CancellationToken);

            CommandRun run = await RunAsync(command, _workplace.Model);

            // Damage to the format's own name leaves a sound safetensors file of somebody else's, which inspect may show.
            bool isAnotherFormat = command == "inspect" && run.ExitCode == 0 && !run.Output.Contains("carousel ", StringComparison.Ordinal);
            if (!isAnotherFormat)
            {
                Workplace.AssertFails(run, 1, "model.safetensors");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Something_else_is_refused(string command)
    {
        Workplace.AssertFails(await RunAsync(command, _workplace.PathOf("absent.safetensors")), 1, "absent.safetensors: there is no such file");
        Workplace.AssertFails(await RunAsync(command, Path.GetDirectoryName(_workplace.Data)!), 1, "is a folder, expected a file");
        Workplace.AssertFails(await RunAsync(command, _workplace.Data), 1, "load.csv: is not a safetensors file");
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("forecast")]
    public async Task Checkpoint_is_no_model(string command)
    {
        await _workplace.TrainedAsync();

        CommandRun run = await RunAsync(command, Path.Combine(_workplace.Run, "checkpoint.safetensors"));

        Workplace.AssertFails(run, 1, "is a safetensors file but no Carousel model: its format is 'carousel-checkpoint', expected 'carousel'");
    }

    private async Task<byte[]> ModelAsync()
    {
        await _workplace.TrainedAsync();
        return await File.ReadAllBytesAsync(_workplace.Model, TestContext.Current.CancellationToken);
    }

    private Task<CommandRun> RunAsync(string command, string model) => CommandRun.Of(command switch
    {
        "evaluate" => ["evaluate", model, "--data", _workplace.Data],
        "forecast" => ["forecast", model, "--input", _workplace.Data],
        _ => ["inspect", model],
    });
}
