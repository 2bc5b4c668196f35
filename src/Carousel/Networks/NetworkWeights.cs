using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Networks;

/// <summary>The weights of a network in a model file: each parameter is the tensor of its name.</summary>
public static class NetworkWeights
{
    /// <summary>Parameters as a model file stores them.</summary>
    /// <param name="parameters">By name.</param>
    public static IEnumerable<StoredTensor> Stored(IEnumerable<(string Name, Parameter Parameter)> parameters) =>
        parameters.Select(static entry => StoredTensor.FromSingles(entry.Name, [.. entry.Parameter.Tensor.Shape], entry.Parameter.Tensor.Values));

    /// <summary>Gives parameters the values a model file holds.</summary>
    /// <param name="parameters">By name; those of the network that the file's config describes.</param>
    /// <param name="file">Where the values are.</param>
    public static void Load(IEnumerable<(string Name, Parameter Parameter)> parameters, ModelFile file)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(file);
        foreach ((string name, Parameter parameter) in parameters)
        {
            parameter.Assign(file[name].ToSingles());
        }
    }
}
