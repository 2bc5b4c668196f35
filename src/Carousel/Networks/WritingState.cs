using Carousel.Cells;
using Carousel.Numerics;

namespace Carousel.Networks;

/// <summary>Where a decoder stands that writes token by token.</summary>
/// <param name="State">Of its LSTM.</param>
/// <param name="Attentional">a of the last step [1, B, A], zero at the beginning.</param>
/// <param name="Weights">Those of the source at the last step [B, 1, 1, S]; null at the beginning or without attention.</param>
public sealed record WritingState(LstmState State, Tensor Attentional, Tensor? Weights);
