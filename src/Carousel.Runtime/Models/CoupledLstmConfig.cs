namespace Carousel.Runtime.Models;

/// <summary>
/// The LSTM with coupled input and forget gates, f = 1 − i (CIFG: Greff et al. 2017; ONNX <c>input_forget = 1</c>).
/// The f rows of the weights are stored, so that every cell has one layout, and not used.
/// </summary>
/// <remarks>
/// Since 1 − σ(z_i) = σ(−z_i), <see cref="LstmFamilyConfig.ForgetBias"/> b starts the input gate's bias at −b: the gate that remembers starts as open as in
/// the plain LSTM.
/// </remarks>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record CoupledLstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize);
