namespace Carousel.Tasks.Classification;

/// <summary>A data set as a classifier takes it.</summary>
/// <param name="Name">File or folder, for people.</param>
/// <param name="Inputs">Learned from the training part.</param>
/// <param name="Train">To learn from.</param>
/// <param name="Valid">To choose by.</param>
/// <param name="Test">To report.</param>
/// <param name="Recordings">Audio: what the training part was computed from, for augmentation.</param>
public sealed record ClassificationData(string Name, ClassifierInputs Inputs, LabelledSequences Train, LabelledSequences Valid, LabelledSequences Test, Recordings? Recordings = null);
