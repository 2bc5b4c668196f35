using System.Text.Json;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Kernels;

namespace Carousel.Tests.Optimizers;

public sealed class OptimizerTests
{
    private static readonly Dictionary<string, OptimizerConfig> Configs = new()
    {
        ["sgd"] = new SgdConfig { LearningRate = 0.1 },
        ["sgd, momentum"] = new SgdConfig { LearningRate = 0.1, Momentum = 0.9, Dampening = 0.25, WeightDecay = 0.01 },
        ["sgd, nesterov"] = new SgdConfig { LearningRate = 0.1, Momentum = 0.9, Nesterov = true },
        ["adam"] = new AdamConfig { LearningRate = 0.1 },
        ["adam, penalty"] = new AdamConfig { LearningRate = 0.1, WeightDecay = 0.1, DecayVectors = true },
        ["amsgrad"] = new AdamConfig { LearningRate = 0.1, AmsGrad = true },
        ["adamw"] = new AdamWConfig { LearningRate = 0.1, WeightDecay = 0.1 },
        ["rmsprop"] = new RmsPropConfig { LearningRate = 0.01 },
        ["rmsprop, centered, momentum"] = new RmsPropConfig { LearningRate = 0.01, Centered = true, Momentum = 0.5 },
    };

    public static TheoryData<string> Names() => [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_restored_halfway_continues_bit_for_bit(string name)
    {
        (string, Parameter)[] whole = Parameters(), before = Parameters(), after = Parameters();
        Optimizer uninterrupted = Configs[name].Create(whole), interrupted = Configs[name].Create(before), resumed = Configs[name].Create(after);
        Train(uninterrupted, 0, 10);
        Train(interrupted, 0, 5);

        for (int i = 0; i < before.Length; i++)
        {
            after[i].Item2.Assign(before[i].Item2.Tensor.Values);
        }

        foreach (((string name, Tensor tensor) saved, (string name, Tensor tensor) loaded) in interrupted.State().Zip(resumed.State()))
        {
            Assert.Equal(saved.name, loaded.name);
            saved.tensor.Values.CopyTo(loaded.tensor.Values);
        }

        resumed.StepCount = interrupted.StepCount;
        Train(resumed, 5, 10);
        Assert.Equal(Weights(whole), Weights(after));
        Assert.NotEqual(Weights(whole), Weights(before));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_on_three_threads_gives_the_bits_of_one(string name)
    {
        float[] Run(Workers? workers)
        {
            (string, Parameter)[] parameters = [("long", Random("long", 1, 200_003)), ("short", Random("short", 2, 7))];
            Train(Configs[name].Create(parameters, workers), 0, 3);
            return Weights(parameters);
        }

        using var three = new Workers(3);
        Assert.True(Run(null).AsSpan().SequenceEqual(Run(three)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_goes_down_a_bowl(string name)
    {
        (string, Parameter)[] parameters = Parameters();
        Optimizer optimizer = Configs[name].Create(parameters);
        double before = Weights(parameters).Sum(w => (double)w * w);
        for (int step = 0; step < 50; step++)
        {
            foreach ((_, Parameter parameter) in parameters)
            {
                parameter.Tensor.Values.CopyTo(parameter.Tensor.Gradient);
            }

            optimizer.Step();
        }

        Assert.InRange(Weights(parameters).Sum(w => (double)w * w), 0, 0.6 * before);
    }

    [Theory]
    [InlineData("sgd, momentum")]
    [InlineData("adamw")]
    public void Step_decay_spares_vectors_unless_told_otherwise(string name)
    {
        foreach (bool decayVectors in new[] { false, true })
        {
            (string, Parameter)[] parameters = Parameters();
            float[] before = Weights(parameters);
            (Configs[name] with { DecayVectors = decayVectors }).Create(parameters).Step();
            float[] after = Weights(parameters);
            Assert.All(Enumerable.Range(0, 6), i => Assert.True(Math.Abs(after[i]) < Math.Abs(before[i])));
            Assert.All(Enumerable.Range(6, 3), i => Assert.Equal(decayVectors, after[i] != before[i]));
        }
    }

    [Fact]
    public void Sgd_two_steps_by_hand()
    {
        // v₁ = g = 2, w = 1 − 0.1·2 = 0.8; v₂ = 0.5·2 + 4 = 5, w = 0.8 − 0.5 = 0.3; Nesterov: 1 − 0.1·(2 + 1) = 0.7, 0.7 − 0.1·(4 + 2.5) = 0.05.
        Assert.Equal(0.3f, TwoSteps(new SgdConfig { LearningRate = 0.1, Momentum = 0.5 }, 2, 4), 1e-6f);
        Assert.Equal(0.05f, TwoSteps(new SgdConfig { LearningRate = 0.1, Momentum = 0.5, Nesterov = true }, 2, 4), 1e-6f);
    }

    [Fact]
    public void Adam_first_step_has_the_size_of_the_learning_rate_whatever_the_gradient()
    {
        foreach (float gradient in new[] { 1e-3f, -5, 1e4f })
        {
            Parameter w = Single();
            w.Tensor.Gradient[0] = gradient;
            new AdamConfig { LearningRate = 0.125 }.Create([("w", w)]).Step();
            Assert.Equal(1 - (0.125f * MathF.Sign(gradient)), w.Tensor.Values[0], 1e-5f);
        }
    }

    [Fact]
    public void AmsGrad_keeps_the_largest_mean_square()
    {
        var config = new AdamConfig { LearningRate = 0.1, Beta1 = 0, Beta2 = 0.5 };
        float plain = TwoSteps(config, 10, 0.1f), largest = TwoSteps(config with { AmsGrad = true }, 10, 0.1f);
        Assert.True(plain < largest, "after a large gradient AMSGrad's steps must stay smaller");
    }

    [Fact]
    public void RmsProp_centered_gradients_all_alike_stays_finite()
    {
        Parameter w = Single();
        Optimizer optimizer = new RmsPropConfig { LearningRate = 1e-6, Centered = true }.Create([("w", w)]);
        for (int step = 0; step < 3000; step++)
        {
            w.Tensor.Gradient[0] = 0.7f;
            optimizer.Step();
        }

        Assert.True(float.IsFinite(w.Tensor.Values[0]));
    }

    [Fact]
    public void Step_parameter_nothing_was_added_to_counts_as_zero_gradient()
    {
        Parameter untouched = Single(), zero = Single();
        zero.Tensor.Gradient[0] = 0;
        new AdamConfig().Create([("a", untouched), ("b", zero)]).Step();
        Assert.Equal(1, untouched.Tensor.Values[0]);
        Assert.Equal(1, zero.Tensor.Values[0]);
    }

    [Fact]
    public void State_names_slot_and_parameter()
    {
        string[] names = [.. new AdamConfig { AmsGrad = true }.Create([("lstm.weight_ih_l0", Single())]).State().Select(entry => entry.Name)];
        Assert.Equal(["mean.lstm.weight_ih_l0", "variance.lstm.weight_ih_l0", "largest_variance.lstm.weight_ih_l0"], names);
        Assert.Empty(new SgdConfig().Create([("w", Single())]).State());
    }

    [Fact]
    public void Create_lists_every_problem()
    {
        string message = Assert.Throws<ArgumentException>(() => new AdamConfig { LearningRate = -1, Beta1 = 1, Beta2 = double.NaN, Epsilon = 0, WeightDecay = -1 }.Create([])).Message;
        Assert.All(new[] { "learning_rate is -1", "beta1 is 1", "beta2 is NaN", "epsilon is 0", "weight_decay is -1" }, problem => Assert.Contains(problem, message, StringComparison.Ordinal));
        Assert.Contains("nesterov needs momentum", Assert.Throws<ArgumentException>(() => new SgdConfig { Nesterov = true }.Create([])).Message, StringComparison.Ordinal);
        Assert.Contains("called 'w'", Assert.Throws<ArgumentException>(() => new SgdConfig().Create([("w", Single()), ("w", Single())])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Config_survives_json(string name)
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        string json = JsonSerializer.Serialize(Configs[name], options);
        Assert.Equal(Configs[name], JsonSerializer.Deserialize<OptimizerConfig>(json, options));
        Assert.Contains("\"learning_rate\":", json, StringComparison.Ordinal);
    }

    [Fact]
    public void AdamW_default_decay_is_a_hundredth() => Assert.Equal(0.01, JsonSerializer.Deserialize<OptimizerConfig>("{\"type\":\"adamw\"}")!.WeightDecay);

    private static (string, Parameter)[] Parameters() => [("weight", Random("weight", 1, 2, 3)), ("bias", Random("bias", 2, 3))];

    private static Parameter Random(string name, ulong seed, params int[] shape)
    {
        var parameter = new Parameter(name, shape);
        var random = new RandomSource(seed);
        foreach (ref float value in parameter.Tensor.Values)
        {
            value = 1 + random.NextSingle();
        }

        return parameter;
    }

    private static Parameter Single()
    {
        var parameter = new Parameter("w", 1, 1);
        parameter.Assign([1]);
        return parameter;
    }

    // Gradients that depend on the step and on the weights, as in training.
    private static void Train(Optimizer optimizer, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            var random = new RandomSource((ulong)step);
            foreach ((_, Parameter parameter) in optimizer.Parameters)
            {
                for (int i = 0; i < parameter.Tensor.Length; i++)
                {
                    parameter.Tensor.Gradient[i] = parameter.Tensor.Values[i] + random.NextSingle();
                }
            }

            optimizer.Step();
        }
    }

    private static float TwoSteps(OptimizerConfig config, float first, float second)
    {
        Parameter w = Single();
        Optimizer optimizer = config.Create([("w", w)]);
        w.Tensor.Gradient[0] = first;
        optimizer.Step();
        w.Tensor.Gradient[0] = second;
        optimizer.Step();
        return w.Tensor.Values[0];
    }

    private static float[] Weights((string, Parameter)[] parameters) => [.. parameters.SelectMany(entry => entry.Item2.Tensor.Values.ToArray())];
}
