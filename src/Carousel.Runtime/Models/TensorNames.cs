namespace Carousel.Runtime.Models;

/// <summary>The names of a recurrent layer's tensors, which are PyTorch's: <c>weight_ih_l0</c>, <c>bias_hh_l1_reverse</c>.</summary>
/// <remarks>
/// The plain LSTM and the GRU have two biases as PyTorch has them (<c>bias_ih</c>, <c>bias_hh</c>); every other cell has one, <c>bias</c>, and names its
/// extra tensors as <c>docs/equations.md</c> does (<c>weight_ci</c>, <c>ln_gamma</c> …), with the same suffix.
/// </remarks>
public static class TensorNames
{
    /// <summary>W, weights on the input: [gates·H, I].</summary>
    public const string InputWeight = "weight_ih";

    /// <summary>U, weights on the hidden state: [gates·H, H or P].</summary>
    public const string HiddenWeight = "weight_hh";

    /// <summary>Bias added to W·x: [gates·H].</summary>
    public const string InputBias = "bias_ih";

    /// <summary>Bias added to U·h: [gates·H].</summary>
    public const string HiddenBias = "bias_hh";

    /// <summary>The only bias of a cell that needs one: [gates·H].</summary>
    public const string Bias = "bias";

    /// <summary>W_hr, the projection of h: [P, H] (Sak et al. 2014).</summary>
    public const string Projection = "weight_hr";

    /// <summary>Joins the name of a tensor and its place in the stack: <c>weight_ih</c>, 1, true gives <c>weight_ih_l1_reverse</c>.</summary>
    /// <param name="name">A name without suffix.</param>
    /// <param name="layer">Layer of the stack, counted from 0.</param>
    /// <param name="reverse">True for the direction that runs backwards in time.</param>
    public static string At(string name, int layer, bool reverse = false) => reverse ? $"{name}_l{layer}_reverse" : $"{name}_l{layer}";
}
