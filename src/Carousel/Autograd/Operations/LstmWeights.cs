using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>The tensors of one LSTM layer in one direction; row blocks in gate order i f g o.</summary>
/// <param name="InputHidden">W [4H, I], <c>weight_ih</c></param>
/// <param name="HiddenHidden">U [4H, P], <c>weight_hh</c>; P = H without projection.</param>
/// <param name="InputBias">[4H], <c>bias_ih</c>, or null.</param>
/// <param name="HiddenBias">[4H], <c>bias_hh</c>, or null. Both biases are added.</param>
/// <param name="Projection">W_hr [P, H], <c>weight_hr</c>, or null.</param>
public sealed record LstmWeights(Tensor InputHidden, Tensor HiddenHidden, Tensor? InputBias, Tensor? HiddenBias, Tensor? Projection)
{
    /// <summary>I</summary>
    public int Inputs => InputHidden.Shape[1];

    /// <summary>H</summary>
    public int Hidden => InputHidden.Shape[0] / 4;

    /// <summary>P, the width of h.</summary>
    public int Outputs => HiddenHidden.Shape[1];
}
