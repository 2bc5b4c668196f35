using Carousel.Numerics;
using Carousel.Optimizers;

namespace Carousel.Conformance.Cases;

/// <summary>Ten steps of an optimiser on a small problem, and clipping by norm.</summary>
internal sealed class OptimizerCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["optimizer_trajectory", "clip_grad_norm"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        if (vector.Kind == "clip_grad_norm")
        {
            RunClipping(vector, compare);
        }
        else
        {
            RunTrajectory(vector, compare);
        }
    }

    private static void RunClipping(ConformanceCase vector, Comparison compare)
    {
        vector.Config.AllowOnly("max_norm", "norm_type");
        Tensor[] tensors = [.. vector.InputNames.Select(name =>
        {
            CaseTensor given = vector.Input(name);
            var tensor = new Tensor(given.Shape);
            given.ToFloats().CopyTo(tensor.Gradient);
            return tensor;
        })];
        compare.Output("total_norm", GradientClipping.ByNorm(tensors, vector.Config.Number("max_norm"), NormOf(vector.Config)));
        foreach ((string name, Tensor tensor) in vector.InputNames.Zip(tensors))
        {
            compare.Output($"{name}_clipped", tensor.Gradient);
        }
    }

    private static GradientNorm NormOf(CaseSettings config) => config.Find("norm_type")?.ToString() switch
    {
        "inf" or "Infinity" => GradientNorm.Largest,
        "2" or "2.0" => GradientNorm.Euclidean,
        "1" or "1.0" => GradientNorm.Absolute,
        var other => throw new InvalidDataException($"norm_type '{other}'"),
    };

    private static void RunTrajectory(ConformanceCase vector, Comparison compare)
    {
        CaseSettings config = vector.Config;
        config.AllowOnly("optimizer", "lr", "betas", "eps", "weight_decay", "amsgrad", "alpha", "momentum", "centered", "dampening", "nesterov",
            "clip_grad_norm", "steps", "problem", "objective");
        (string Name, Parameter Parameter)[] parameters = [.. vector.ParameterNames.Select(name => (name, Load(name, vector.Parameter(name))))];
        Optimizer optimizer = ConfigOf(config).Create(parameters);
        Func<double> differentiate = config.Text("problem") switch
        {
            "quadratic" => () => Quadratic(vector, parameters[0].Parameter),
            "logistic" => () => Logistic(vector, parameters.Single(entry => entry.Name == "w").Parameter, parameters.Single(entry => entry.Name == "b").Parameter),
            var other => throw new InvalidDataException($"problem '{other}'"),
        };

        var losses = new List<double>();
        var norms = new List<double>();
        var trace = parameters.ToDictionary(entry => entry.Name, _ => (Weights: new List<float>(), Gradients: new List<float>()));
        for (int step = 0; step < config.Integer("steps"); step++)
        {
            optimizer.ClearGradients();
            losses.Add(differentiate());
            if (config.Has("clip_grad_norm"))
            {
                norms.Add(GradientClipping.ByNorm(parameters.Select(entry => entry.Parameter.Tensor), config.Number("clip_grad_norm")));
            }

            optimizer.Step();
            foreach ((string name, Parameter parameter) in parameters)
            {
                trace[name].Weights.AddRange(parameter.Tensor.Values);
                trace[name].Gradients.AddRange(parameter.Tensor.Gradient);
            }
        }

        compare.Output("loss_before_each_step", losses.ToArray());
        if (config.Has("clip_grad_norm"))
        {
            compare.Output("total_norm_before_clipping", norms.ToArray());
        }

        foreach ((string name, (List<float> weights, List<float> gradients)) in trace)
        {
            compare.Output($"{name}_after_each_step", weights.ToArray());
            compare.Output($"{name}_gradient_each_step", gradients.ToArray());
        }
    }

    private static OptimizerConfig ConfigOf(CaseSettings config)
    {
        double rate = config.Number("lr");
        double[] betas = config.Has("betas") ? config.Numbers("betas") : [0.9, 0.999];
        return config.Text("optimizer") switch
        {
            "SGD" => new SgdConfig
            {
                LearningRate = rate, WeightDecay = config.Number("weight_decay", 0), DecayVectors = true,
                Momentum = config.Number("momentum", 0), Dampening = config.Number("dampening", 0), Nesterov = config.Flag("nesterov", false),
            },
            "Adam" => new AdamConfig
            {
                LearningRate = rate, WeightDecay = config.Number("weight_decay", 0), DecayVectors = true,
                Beta1 = betas[0], Beta2 = betas[1], Epsilon = config.Number("eps", 1e-8), AmsGrad = config.Flag("amsgrad", false),
            },
            "AdamW" => new AdamWConfig
            {
                LearningRate = rate, WeightDecay = config.Number("weight_decay", 0.01), DecayVectors = true,
                Beta1 = betas[0], Beta2 = betas[1], Epsilon = config.Number("eps", 1e-8), AmsGrad = config.Flag("amsgrad", false),
            },
            "RMSprop" => new RmsPropConfig
            {
                LearningRate = rate, WeightDecay = config.Number("weight_decay", 0), DecayVectors = true,
                Alpha = config.Number("alpha", 0.99), Momentum = config.Number("momentum", 0), Epsilon = config.Number("eps", 1e-8), Centered = config.Flag("centered", false),
            },
            var other => throw new InvalidDataException($"optimizer '{other}'"),
        };
    }

    private static Parameter Load(string name, CaseTensor given)
    {
        var parameter = new Parameter(name, given.Shape);
        parameter.Assign(given.ToFloats());
        return parameter;
    }

    // L = ½ wᵀAw − bᵀw, ∂L/∂w = ½ (A + Aᵀ) w − b; in float64, so that only the optimiser's own rounding is compared.
    private static double Quadratic(ConformanceCase vector, Parameter w)
    {
        double[] a = vector.Input("A").Data, b = vector.Input("b").Data;
        int n = b.Length;
        double loss = 0;
        for (int i = 0; i < n; i++)
        {
            double gradient = -b[i];
            for (int j = 0; j < n; j++)
            {
                gradient += 0.5 * (a[(i * n) + j] + a[(j * n) + i]) * w.Tensor.Values[j];
                loss += 0.5 * w.Tensor.Values[i] * a[(i * n) + j] * w.Tensor.Values[j];
            }

            loss -= b[i] * w.Tensor.Values[i];
            w.Tensor.Gradient[i] = (float)gradient;
        }

        return loss;
    }

    // L = mean over rows of the binary cross-entropy of σ(Xw + b).
    private static double Logistic(ConformanceCase vector, Parameter w, Parameter b)
    {
        double[] x = vector.Input("X").Data, y = vector.Input("y").Data;
        int rows = y.Length, columns = x.Length / rows;
        double loss = 0, biasGradient = 0;
        double[] gradient = new double[columns];
        for (int row = 0; row < rows; row++)
        {
            double z = b.Tensor.Values[0];
            for (int column = 0; column < columns; column++)
            {
                z += x[(row * columns) + column] * w.Tensor.Values[column];
            }

            loss += (Math.Max(z, 0) - (z * y[row]) + Math.Log(1 + Math.Exp(-Math.Abs(z)))) / rows;
            double error = ((1 / (1 + Math.Exp(-z))) - y[row]) / rows;
            biasGradient += error;
            for (int column = 0; column < columns; column++)
            {
                gradient[column] += error * x[(row * columns) + column];
            }
        }

        Array.ConvertAll(gradient, value => (float)value).CopyTo(w.Tensor.Gradient);
        b.Tensor.Gradient[0] = (float)biasGradient;
        return loss;
    }
}
