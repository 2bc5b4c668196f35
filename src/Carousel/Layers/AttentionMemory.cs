using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Layers;

/// <summary>What a decoder attends to, made once per source and read at every step.</summary>
/// <param name="Keys">The keys, which are also the values [S, B, K].</param>
/// <param name="Projected">The keys as the score wants them; its width is the layer's own affair.</param>
/// <param name="Mask">Which keys may be seen; null for all.</param>
public sealed record AttentionMemory(Tensor Keys, Tensor Projected, AttentionMask? Mask);
