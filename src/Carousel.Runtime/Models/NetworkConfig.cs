using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>A bare network: [B, T, features] in, [B, T, features] out, with no meaning given to either.</summary>
/// <param name="Network">The layers; their tensors are named <c>network.*</c>.</param>
public sealed record NetworkConfig(LayerConfig Network) : ModelConfig
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "network";

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with { Network = json.Get(Network, LayerConfig.Read) };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems().Within("network", Network.Validate());

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters() => Network.Parameters().Select(parameter => parameter.Within("network"));

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler) => scaler is null
        ? []
        : scaler.Validate().Concat(new Problems().Unless(scaler.Features.Count == Network.InputFeatures,
            $"scaler has {scaler.Features.Count} features, expected {Network.InputFeatures}, which the network takes"));
}
