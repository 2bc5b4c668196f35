using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Conformance;

/// <summary>
/// A case with gradients, of Σ G · outputs or of a loss itself: holds its tensors on one tape, goes backward and compares outputs and gradients by name.
/// </summary>
internal sealed class DifferentiableCase(ConformanceCase vector, Comparison compare)
{
    private readonly Dictionary<string, Tensor> _inputs = [];
    private readonly Dictionary<string, Tensor> _parameters = [];
    private readonly Dictionary<string, Tensor> _outputs = [];

    public Tape Tape { get; } = new();

    /// <summary>An input that takes part in differentiation.</summary>
    public Tensor Input(string name) => InputOrNull(name) ?? throw new InvalidDataException($"inputs has no '{name}'");

    public Tensor? InputOrNull(string name) => Hold(_inputs, name, vector.InputOrNull(name));

    /// <summary>An input [B, T, features] as layers take it, [T, B, features].</summary>
    public Tensor TimeFirst(string name) => Tape.Swap(Input(name), 0, 1);

    /// <summary>A weight that stands alone, outside any layer.</summary>
    public Tensor Parameter(string name) => ParameterOrNull(name) ?? throw new InvalidDataException($"parameters has no '{name}'");

    public Tensor? ParameterOrNull(string name) => Hold(_parameters, name, vector.ParameterOrNull(name));

    /// <summary>Copies the case's weights into a layer's parameters of the same names (or of the names <paramref name="rename"/> gives); all must be there.</summary>
    public void Load(IEnumerable<(string Name, Parameter Parameter)> parameters, Func<string, string>? rename = null)
    {
        foreach ((string name, Parameter parameter) in parameters)
        {
            string given = rename?.Invoke(name) ?? name;
            CaseTensor tensor = vector.Parameter(given);
            Assert.Equal(tensor.Shape, parameter.Tensor.Shape.ToArray());
            parameter.Assign(tensor.ToFloats());
            _parameters.Add(given, parameter.Tensor);
        }

        Assert.Equal(vector.ParameterNames.Order(StringComparer.Ordinal), _parameters.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>Compares an output and remembers it for the backward pass.</summary>
    public void Output(string name, Tensor tensor)
    {
        compare.Output(name, tensor.Values);
        _outputs.Add(name, tensor);
    }

    /// <summary>Sends the case's output gradients backward and compares every gradient the case gives.</summary>
    public void Backward()
    {
        foreach (string name in vector.LossOutputs)
        {
            Span<float> gradient = Tape.GradientOf(_outputs[name]);
            TensorPrimitives.Add(gradient, vector.OutputGradient(name).ToFloats(), gradient);
        }

        Tape.Backward();
        CompareGradients();
    }

    /// <summary>Sends the gradient 1 backward from a case's own loss and compares every gradient the case gives.</summary>
    public void Backward(Tensor loss)
    {
        Tape.Backward(loss);
        CompareGradients();
    }

    private void CompareGradients()
    {
        foreach ((string path, _) in vector.Results().Where(result => result.Path.StartsWith("gradients.", StringComparison.Ordinal)))
        {
            string name = path[(path.IndexOf('.', "gradients.".Length) + 1)..];
            if (path.StartsWith("gradients.inputs.", StringComparison.Ordinal))
            {
                compare.InputGradient(name, _inputs[name].Gradient);
            }
            else
            {
                compare.ParameterGradient(name, _parameters[name].Gradient);
            }
        }
    }

    private static Tensor? Hold(Dictionary<string, Tensor> held, string name, CaseTensor? given)
    {
        if (given is null)
        {
            return null;
        }

        Tensor tensor = Tensor.From(given.ToFloats(), given.Shape);
        tensor.NeedsGradient = true;
        held.Add(name, tensor);
        return tensor;
    }
}
