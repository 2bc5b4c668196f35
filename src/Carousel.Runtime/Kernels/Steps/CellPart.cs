namespace Carousel.Runtime.Kernels.Steps;

/// <summary>Parts of a <see cref="CellPass"/>, which may be run one after the other because U·h₋ can be had before the input is there. The bits are the same either way.</summary>
internal enum CellPart
{
    /// <summary>Everything.</summary>
    Whole,

    /// <summary>U·h₋ of the first panels, where that does not change the order of additions: neither input nor state is touched.</summary>
    Ahead,

    /// <summary>What <see cref="Ahead"/> left; <see cref="CellPass.Gates"/> and <see cref="CellPass.HiddenTiles"/> are as they were.</summary>
    Rest,
}
