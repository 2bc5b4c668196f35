using System.Text.Json;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Models;

namespace Carousel.Training;

/// <summary>
/// Reads and writes the file from which a run goes on as if it had never stopped: tensors <c>parameter/…</c>, <c>optimizer/…</c>, <c>average/…</c>,
/// <c>state/…</c>, and every number outside tensors as JSON.
/// </summary>
internal static class Checkpoint
{
    private const string Format = "carousel-checkpoint";
    private const string Version = "1";

    public static void Save(string path, TrainerState state, LayerState? carried, TrainingTask task, Optimizer optimizer, AveragedWeights? average)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["version"] = Version,
            ["trainer"] = JsonSerializer.Serialize(state, TrainingJson.Default.TrainerState),
        };
        IEnumerable<StoredTensor> tensors = Tensors(carried, task, optimizer, average)
            .Select(entry => StoredTensor.FromSingles(entry.Name, [.. entry.Tensor.Shape], entry.Tensor.Values));
        new SafetensorsFile(tensors, metadata).WithChecksum().Save(path);
    }

    /// <exception cref="ModelFileException">The file is damaged or belongs to another run.</exception>
    public static (TrainerState State, LayerState? Carried) Load(string path, string fingerprint, TrainingTask task, Optimizer optimizer, AveragedWeights? average)
    {
        SafetensorsFile file = SafetensorsFile.Load(path);
        string? format = file.Metadata.GetValueOrDefault("format"), version = file.Metadata.GetValueOrDefault("version");
        if (format != Format || version != Version)
        {
            throw new ModelFileException(path, $"is not a checkpoint this build can read: found format '{format}' version '{version}', expected '{Format}' version '{Version}'");
        }

        file.VerifyChecksum(path);
        TrainerState state = ReadState(path, file);
        if (state.Fingerprint != fingerprint)
        {
            throw new ModelFileException(path, "belongs to another run: the recipe or the data have changed since. Train into another folder, or leave out --resume");
        }

        Dictionary<string, StoredTensor> stored = file.Tensors.ToDictionary(tensor => tensor.Name);
        foreach ((string name, Tensor tensor) in Tensors(carried: null, task, optimizer, average))
        {
            if (!stored.Remove(name, out StoredTensor? found))
            {
                throw new ModelFileException(path, $"is missing, expected {tensor}", name);
            }

            if (!found.Shape.SequenceEqual(tensor.Shape.ToArray()))
            {
                throw new ModelFileException(path, $"has shape [{string.Join(", ", found.Shape)}], expected {tensor}", name);
            }

            found.CopyTo(tensor.Values);
        }

        optimizer.StepCount = state.OptimizerStep;
        if (average is not null)
        {
            (average.StepCount, average.AveragedSteps) = (state.AverageSteps[0], state.AverageSteps[1]);
        }

        return (state, ReadCarried(path, stored, task));
    }

    private static LayerState? ReadCarried(string path, Dictionary<string, StoredTensor> rest, TrainingTask task)
    {
        const string prefix = "state/";
        if (rest.Keys.FirstOrDefault(name => !name.StartsWith(prefix, StringComparison.Ordinal)) is { } surplus)
        {
            throw new ModelFileException(path, "is not part of this run", surplus);
        }

        Dictionary<string, Tensor> carried = rest.ToDictionary(entry => entry.Key[prefix.Length..], entry => Tensor.From(entry.Value.ToSingles(), [.. entry.Value.Shape]));
        return carried.Count > 0 ? task.RestoreState(carried) : null;
    }

    private static TrainerState ReadState(string path, SafetensorsFile file)
    {
        try
        {
            return JsonSerializer.Deserialize(file.Metadata.GetValueOrDefault("trainer") ?? "null", TrainingJson.Default.TrainerState)
                ?? throw new ModelFileException(path, "holds no trainer state");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, $"holds a trainer state that cannot be read: {e.Message}");
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(LayerState? carried, TrainingTask task, Optimizer optimizer, AveragedWeights? average)
    {
        foreach ((string name, Parameter parameter) in task.Parameters)
        {
            yield return ($"parameter/{name}", parameter.Tensor);
        }

        foreach ((string name, Tensor tensor) in optimizer.State())
        {
            yield return ($"optimizer/{name}", tensor);
        }

        foreach ((string name, Tensor tensor) in average?.State() ?? [])
        {
            yield return ($"average/{name}", tensor);
        }

        foreach ((string name, Tensor tensor) in carried?.Tensors() ?? [])
        {
            yield return ($"state/{name}", tensor);
        }
    }
}
