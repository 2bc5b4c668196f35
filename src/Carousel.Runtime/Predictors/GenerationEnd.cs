namespace Carousel.Runtime.Predictors;

/// <summary>Why a generated text ended.</summary>
public enum GenerationEnd
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>It has as many tokens as were asked for.</summary>
    Length,

    /// <summary>A stop string came.</summary>
    Stop,

    /// <summary>The model ended the text.</summary>
    EndOfText,
}
