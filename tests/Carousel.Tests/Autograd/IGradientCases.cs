namespace Carousel.Tests.Autograd;

/// <summary>Gradient tests of some operations. Every class of this assembly that implements this takes part: a new operation means adding cases to a file in Gradients/.</summary>
internal interface IGradientCases
{
    IEnumerable<GradientCase> Cases();
}
