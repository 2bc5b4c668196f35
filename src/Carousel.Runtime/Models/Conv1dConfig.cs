using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// Cross-correlation along time with zeros on both ends, as PyTorch's nn.Conv1d:
/// T′ = ⌊(T + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1 time steps come out of T. A causal one has all its zeros before the first step:
/// T′ = ⌊(T − 1) / stride⌋ + 1.
/// </summary>
/// <param name="InputChannels">Features going in; 1 or more.</param>
/// <param name="OutputChannels">Features coming out; 1 or more.</param>
/// <param name="KernelSize">Time steps one output sees; 1 or more.</param>
public sealed record Conv1dConfig(int InputChannels, int OutputChannels, int KernelSize) : LayerConfig
{
    /// <summary>Time steps from one output to the next; 1 or more.</summary>
    /// <value>1</value>
    public int Stride { get; init; } = 1;

    /// <summary>Zeros added on each end; 0 or more.</summary>
    /// <value>0</value>
    public int Padding { get; init; }

    /// <summary>True to add dilation · (kernel − 1) zeros before the first step and none after the last, so that no output sees what comes later; needs padding 0.</summary>
    /// <value>false</value>
    public bool Causal { get; init; }

    /// <summary>Time steps between the values one output sees; 1 or more.</summary>
    /// <value>1</value>
    public int Dilation { get; init; } = 1;

    /// <summary>Number of groups into which the channels are cut; divides both channel counts.</summary>
    /// <value>1</value>
    public int Groups { get; init; } = 1;

    /// <summary>True to add a bias per output channel.</summary>
    /// <value>true</value>
    public bool Bias { get; init; } = true;

    /// <summary>Time steps from the first value an output sees to the last.</summary>
    public int Reach => Dilation * (KernelSize - 1);

    /// <summary>Zeros before the first time step.</summary>
    public int LeadingZeros => Causal ? Reach : Padding;

    /// <summary>True when each time step gives one output that sees nothing later.</summary>
    public bool IsStreaming => Stride == 1 && LeadingZeros == Reach && TrailingZeros == 0;

    private int TrailingZeros => Causal ? 0 : Padding;

    /// <inheritdoc/>
    public override int InputFeatures => InputChannels;

    /// <inheritdoc/>
    public override int OutputFeatures => OutputChannels;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { InputChannels = features };

    /// <summary>T′, the time steps that come out of T; 0 when those are too few for one.</summary>
    /// <param name="steps">T</param>
    public int OutputLength(int steps)
    {
        long span = (long)steps + LeadingZeros + TrailingZeros - Reach - 1;
        return steps == 0 || span < 0 ? 0 : (int)Math.Min(int.MaxValue, (span / Stride) + 1);
    }

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        InputChannels = json.Get(InputChannels),
        OutputChannels = json.Get(OutputChannels),
        KernelSize = json.Get(KernelSize),
        Stride = json.Get(Stride),
        Padding = json.Get(Padding),
        Causal = json.Get(Causal),
        Dilation = json.Get(Dilation),
        Groups = json.Get(Groups),
        Bias = json.Get(Bias),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems()
        .Size(InputChannels).Size(OutputChannels).Size(KernelSize).Size(Stride).Range(Padding, 0, 1 << 24).Size(Dilation).Size(Groups)
        .Unless((long)Dilation * (KernelSize - 1) <= 1 << 24, $"dilation · (kernel_size − 1) is {(long)Dilation * (KernelSize - 1)}, expected at most {1 << 24}")
        .Unless(!Causal || Padding == 0, $"padding is {Padding}, expected 0 for a causal convolution, which has its own")
        .Unless(Groups < 1 || InputChannels % Groups == 0, $"groups is {Groups}, expected a divisor of input_channels {InputChannels}")
        .Unless(Groups < 1 || OutputChannels % Groups == 0, $"groups is {Groups}, expected a divisor of output_channels {OutputChannels}");

    /// <summary>weight [output, input / groups, kernel] and, if there is one, bias [output].</summary>
    public override IEnumerable<ParameterSpec> Parameters()
    {
        yield return new("weight", [OutputChannels, InputChannels / Groups, KernelSize]);
        if (Bias)
        {
            yield return new("bias", [OutputChannels]);
        }
    }
}
