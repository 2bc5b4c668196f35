using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Reports;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Tasks.Memory;
using Carousel.Training;

namespace Carousel.Tests.Tasks.Memory;

public sealed class MemoryTests : IDisposable
{
    private static readonly MemoryRecipe Recipe = new()
    {
        Length = 12,
        Symbols = 3,
        Examples = 600,
        Held = 200,
        Model = new LstmConfig(0, 16) { ForgetBias = 2 },
        Training = new TrainingConfig { Epochs = 20, BatchSize = 20, Optimizer = new AdamConfig { LearningRate = 0.02 }, Schedule = new Carousel.Schedules.CosineConfig() },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-memory-").FullName;

    [Fact]
    public void Adding_problem_marks_one_number_in_each_half_and_asks_for_their_sum()
    {
        var problem = new AddingProblem(9);
        var random = new RandomSource(1);
        double squares = 0;
        const int count = 20_000;
        for (int at = 0; at < count; at++)
        {
            float[] x = new float[18], answer = new float[1];
            problem.Draw(random, x, answer);
            int[] marks = [.. Enumerable.Range(0, 9).Where(step => x[(2 * step) + 1] != 0)];
            Assert.Equal(2, marks.Length);
            Assert.True(marks[0] < 4 && marks[1] >= 4);
            Assert.Equal(x[2 * marks[0]] + x[2 * marks[1]], answer[0]);
            squares += (answer[0] - 1) * (answer[0] - 1);
        }

        Assert.Equal(problem.WithoutMemory["mse"], squares / count, 0.005);
        Assert.Equal(0.25, problem.Score([1, 2], [1.5f, 1.5f])["mse"]);
    }

    [Fact]
    public void Copy_task_shows_symbols_blanks_and_a_sign()
    {
        var problem = new CopyProblem(4, 3);
        float[] x = new float[10 * 10], answers = new float[3];
        problem.Draw(new RandomSource(2), x, answers);
        int[] shown = [.. Enumerable.Range(0, 10).Select(step => Array.IndexOf(x, 1f, step * 10, 10) - (step * 10))];
        Assert.Equal(10, x.Sum());
        Assert.Equal([.. answers.Select(answer => (int)answer), 8, 8, 8, 9, 8, 8, 8], shown);
        float[] right = new float[24];
        for (int at = 0; at < 3; at++)
        {
            right[(at * 8) + (int)answers[at]] = 50;
        }

        Assert.Equal(1, problem.Score(right, answers)["accuracy"]);
        Assert.Equal(Math.Log(8), problem.Score(new float[24], answers)["nll"], 1e-6);
    }

    [Theory]
    [InlineData(MemoryProblemKind.Adding, "mse", 0.01)]
    [InlineData(MemoryProblemKind.Copy, "nll", 0.7)]
    public void Run_remembers_over_short_stretches(MemoryProblemKind problem, string metric, double most)
    {
        MemoryResult result = Train(Recipe with { Problem = problem, Length = problem == MemoryProblemKind.Copy ? 4 : 12, Symbols = 2 }, "run");
        Assert.True(result.Test[metric] < most, $"{metric} {result.Test[metric]}");
        Assert.Equal(result.Test, MemoryNetwork.Load(Path.Combine(_folder, "run", "model.safetensors")).Score("test", new Tape(isRecording: false), TestContext.Current.CancellationToken));
        Assert.Contains("without memory", ReportPage.Render(MemoryReport.Of(result, DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_without_a_way_to_remember_stays_at_what_is_possible_without()
    {
        // A layer that sees one step at a time: the test must be able to fail.
        MemoryResult result = Train(Recipe with { Model = new LinearConfig(0, 16) }, "run");
        Assert.Equal(1.0 / 6, result.Test["mse"], 0.03);
    }

    [Fact]
    public void Run_with_one_and_three_threads_gives_the_same_bits()
    {
        MemoryRecipe shortly = Recipe with { Training = Recipe.Training with { Epochs = 2 } };
        Train(shortly, "one");
        Train(shortly, "three", threads: 3);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "one", "model.safetensors")), File.ReadAllBytes(Path.Combine(_folder, "three", "model.safetensors")));
    }

    [Fact]
    public void Recipe_problems_are_listed_at_once()
    {
        string message = Assert.Throws<ConfigException>(() => MemoryTraining.Check(Recipe with { Task = "lm", Length = 1, Held = 0 })).Message;
        Assert.Contains("task is 'lm'", message, StringComparison.Ordinal);
        Assert.Contains("length is 1, expected 2", message, StringComparison.Ordinal);
        Assert.Contains("held is 0", message, StringComparison.Ordinal);
        Assert.Contains("network.layers[0].hidden_size is 0", Assert.Throws<ConfigException>(() => MemoryTraining.Check(Recipe with { Model = new LstmConfig(0, 0) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_json_round_trip()
    {
        string json = MemoryRecipeJson.Shared.Write(Recipe);
        Assert.Equal(json, MemoryRecipeJson.Shared.Write(MemoryRecipeJson.Shared.Read<MemoryRecipe>(json, "test")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private MemoryResult Train(MemoryRecipe recipe, string run, int threads = 1)
    {
        using var workers = new Workers(threads);
        using var folder = RunFolder.Create(Path.Combine(_folder, run));
        return MemoryTraining.Run(recipe, new TrainingRun(folder, workers), TestContext.Current.CancellationToken);
    }
}
