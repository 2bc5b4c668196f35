namespace Carousel.Data;

/// <summary>The rows of each part of a series, one after the other.</summary>
/// <param name="Train">Rows to fit weights, scaler and baselines on.</param>
/// <param name="Valid">Rows to choose the model on.</param>
/// <param name="Test">Rows to report.</param>
public sealed record SeriesSplit(RowRange Train, RowRange Valid, RowRange Test);
