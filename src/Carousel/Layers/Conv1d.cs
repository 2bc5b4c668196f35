using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Layers;

/// <summary>
/// Convolution along time; equation in <see cref="Convolution"/>. Parameters <c>weight</c> [O, C/groups, K] and <c>bias</c> [O].
/// </summary>
/// <remarks>
/// Sequences are time first, [T, B, C], as everywhere inside a network (PyTorch has [B, C, T]). The layer sees a whole sequence at once and keeps no state: what
/// lies before the first step and after each sequence's own last one counts as 0.
/// </remarks>
public sealed class Conv1d : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    /// <summary>Makes the layer with fresh weights; the bias starts at 0.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public Conv1d(Conv1dConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        config.ThrowIfInvalid();
        Config = config;
        _weight = new Parameter("weight", config.OutputChannels, config.InputChannels / config.Groups, config.KernelSize);
        _bias = config.Bias ? new Parameter("bias", config.OutputChannels) : null;
        (initialization ?? Initialization.Default).Input(_weight, random);
    }

    /// <summary>Sizes and switches.</summary>
    public Conv1dConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        _bias is null ? [("weight", _weight)] : [("weight", _weight), ("bias", _bias)];

    /// <summary>T′ of T, as <see cref="Conv1dConfig.OutputLength"/> says.</summary>
    /// <param name="length">T</param>
    public override int OutputLength(int length) => Config.OutputLength(length);

    /// <summary>Convolves whole sequences.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[T, B, C]</param>
    /// <param name="lengths">Valid steps of each sequence; null when all have T.</param>
    /// <returns>[T′, B, O], of which the first <see cref="OutputLength"/> steps of each sequence are valid.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or T is too short for one output.</exception>
    public Tensor Forward(Tape tape, Tensor x, IReadOnlyList<int>? lengths = null) => tape.Conv1d(x, _weight, _bias?.Tensor, Config, lengths);

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        (Forward(tape, x, lengths), null);
}
